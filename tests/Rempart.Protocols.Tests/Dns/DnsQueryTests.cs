using System.Net;
using System.Text;
using Rempart.Protocols.Dns;

namespace Rempart.Protocols.Tests.Dns;

public sealed class DnsQueryTests
{
    private const string Header = "1234 0100 0001 0000 0000 0000";
    private const string Question = "03 77 65 42 03 72 65 64 00 0001 0001";
    private const string Edns = "00 0029 1000 00 00 8000 0000";

    [Fact]
    public void A_question_is_read_with_its_name_in_lower_case_and_its_bytes_as_they_were()
    {
        Assert.Equal(DnsCode.NoError, DnsQuery.Read(Bytes(Header + Question), out var query));

        Assert.Equal((0x1234, true, "web.red", DnsType.Address, DnsType.Internet), (query!.Id, query.RecursionDesired, query.Name, query.Type, query.Class));
        Assert.Null(query.Extension);
        Assert.Equal(Bytes(Question), query.Question.ToArray());
    }

    [Fact]
    public void What_edns_says_is_read()
    {
        Assert.Equal(DnsCode.NoError, DnsQuery.Read(Bytes("1234 0100 0001 0000 0000 0001" + Question + Edns), out var query));

        Assert.Equal(new DnsExtension(0, 4096, true), query!.Extension);
    }

    [Theory]
    [InlineData("1234 0100 0000 0000 0000 0000", DnsCode.FormatError)]
    [InlineData("1234 0100 0002 0000 0000 0000" + Question + Question, DnsCode.FormatError)]
    [InlineData("1234 2800 0001 0000 0000 0000" + Question, DnsCode.NotImplemented)]
    [InlineData(Header + Question + "00", DnsCode.FormatError)]
    [InlineData(Header + "03 77 65", DnsCode.FormatError)]
    [InlineData(Header + "c00c 0001 0001", DnsCode.FormatError)]
    [InlineData(Header + "03 77 65 42 00 0001", DnsCode.FormatError)]
    [InlineData("1234 0100 0001 0001 0000 0000" + Question, DnsCode.FormatError)]
    [InlineData("1234 0100 0001 0000 0000 0005" + Question, DnsCode.FormatError)]
    [InlineData("1234 0100 0001 0000 0000 0002" + Question + Edns + Edns, DnsCode.FormatError)]
    [InlineData("1234 0100 0001 0000 0000 0001" + Question + "00 0029 1000 00 00 8000 0004 00", DnsCode.FormatError)]
    public void What_is_no_query_is_refused(string message, DnsCode code)
    {
        Assert.Equal(code, DnsQuery.Read(Bytes(message), out var query));
        Assert.Null(query);
    }

    [Theory]
    [InlineData("1234 0100 0001")]
    [InlineData("1234 8180 0001 0000 0000 0000" + Question)]
    public void An_answer_and_a_scrap_get_no_answer(string message) => Assert.Null(DnsQuery.Read(Bytes(message), out _));

    [Fact]
    public void Different_names_are_never_the_same_text()
    {
        DnsQuery.Read(Bytes(Header + "07 77 65 42 2e 72 65 64 00 0001 0001"), out var dotted);
        DnsQuery.Read(Bytes(Header + "01 c0 00 0001 0001"), out var binary);

        Assert.Equal("web\\046red", dotted!.Name);
        Assert.Equal("\\192", binary!.Name);
    }

    [Fact]
    public void A_name_may_be_255_bytes_and_no_more()
    {
        var label = "3f" + string.Concat(Enumerable.Repeat("61", 63));

        Assert.Equal(DnsCode.NoError, DnsQuery.Read(Bytes(Header + label + label + label + "3d" + string.Concat(Enumerable.Repeat("61", 61)) + "00 0001 0001"), out _));
        Assert.Equal(DnsCode.FormatError, DnsQuery.Read(Bytes(Header + label + label + label + "3e" + string.Concat(Enumerable.Repeat("61", 62)) + "00 0001 0001"), out _));
    }

    [Fact]
    public void Cut_and_changed_anywhere_it_is_read_or_refused_and_nothing_else()
    {
        var whole = Bytes("1234 0100 0001 0000 0000 0001" + Question + Edns);
        for (var cut = 0; cut < whole.Length; cut++) Assert.NotEqual(DnsCode.NoError, DnsQuery.Read(whole.AsSpan(0, cut), out _));
        for (var at = 0; at < whole.Length; at++)
        {
            for (var value = 0; value < 256; value++)
            {
                var changed = whole.ToArray();
                changed[at] = (byte)value;
                if (DnsQuery.Read(changed, out var query) == DnsCode.NoError) Assert.NotNull(query);
                else Assert.Null(query);
            }
        }
    }

    [Fact]
    public void A_query_passed_on_says_no_more_than_the_question()
    {
        DnsQuery.Read(Bytes("1234 0110 0001 0000 0000 0001" + Question + "00 0029 1000 00 00 8000 0006 fde9 0002 6869"), out var query);

        var message = query!.ToMessage(0xbeef, 1232);

        Assert.Equal(Bytes("beef 0110 0001 0000 0000 0001" + Question + "00 0029 04d0 00 00 8000 0000"), message);
        Assert.True(query.IsAnswer(Bytes("beef 8180 0001 0000 0000 0000" + Question), 0xbeef));
        Assert.False(query.IsAnswer(Bytes("bee0 8180 0001 0000 0000 0000" + Question), 0xbeef));
        Assert.False(query.IsAnswer(Bytes("beef 8180 0001 0000 0000 0000 03 78 65 42 03 72 65 64 00 0001 0001"), 0xbeef));
        Assert.False(query.IsAnswer(message, 0xbeef));
    }

    [Fact]
    public void An_answer_that_is_too_long_says_so_and_is_cut_to_its_question()
    {
        DnsQuery.Read(Bytes(Header + Question), out var query);
        var answer = new DnsAnswer(query!, 5);
        for (var i = 0; i < 40; i++) answer.AddAddress(IPAddress.Parse("10.0.0.1"));

        var cut = answer.Finish(DnsCode.NoError, 1232, DnsAnswer.LeastPayload);

        Assert.Equal(Bytes("1234 8780 0001 0000 0000 0000" + Question), cut);
    }

    [Fact]
    public void An_answer_is_these_bytes()
    {
        DnsQuery.Read(Bytes("1234 0100 0001 0000 0000 0001" + Question + Edns), out var query);
        var answer = new DnsAnswer(query!, 5);
        answer.AddAddress(IPAddress.Parse("10.0.0.1"));

        Assert.Equal(Bytes("1234 8580 0001 0001 0000 0001" + Question + "c00c 0001 0001 00000005 0004 0a000001" + "00 0029 04d0 00 00 8000 0000"), answer.Finish(DnsCode.NoError, 1232, 1232));
    }

    private static byte[] Bytes(string hexadecimal) => Convert.FromHexString(new StringBuilder(hexadecimal).Replace(" ", "").ToString());
}
