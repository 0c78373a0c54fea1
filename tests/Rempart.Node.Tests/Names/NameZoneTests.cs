using System.Buffers.Binary;
using System.Text;
using Rempart.Node.Names;
using Rempart.Protocols.Dns;

namespace Rempart.Node.Tests.Names;

public sealed class NameZoneTests
{
    private const ushort Ipv6Address = 28;
    private static readonly NameZone Zone = new("rempart.internal", new NameProject
    {
        Name = "red",
        Hosts = new Dictionary<string, IReadOnlyList<string>>(StringComparer.Ordinal)
        {
            ["web"] = ["10.128.1.11", "10.128.1.12"],
            ["a.b"] = ["10.128.1.13"],
            [new string('x', 64)] = ["10.128.1.14"],
            ["odd"] = ["not an address"],
        },
    });

    [Theory]
    [InlineData("web.red.rempart.internal", DnsType.Address, 0, 2)]
    [InlineData("WEB.red.Rempart.internal", DnsType.Address, 0, 2)]
    [InlineData("web.red.rempart.internal", DnsType.Any, 0, 2)]
    [InlineData("web.red.rempart.internal", Ipv6Address, 0, 0)]
    [InlineData("a.b.red.rempart.internal", DnsType.Address, 0, 1)]
    [InlineData("b.red.rempart.internal", DnsType.Address, 0, 0)] // nothing itself, but there is a name below it
    [InlineData("red.rempart.internal", DnsType.Address, 0, 0)]
    [InlineData("rempart.internal", DnsType.StartOfAuthority, 0, 0)]
    [InlineData("other.red.rempart.internal", DnsType.Address, 3, 0)]
    [InlineData("web.blue.rempart.internal", DnsType.Address, 3, 0)]
    [InlineData("blue.rempart.internal", Ipv6Address, 3, 0)]
    [InlineData("odd.red.rempart.internal", DnsType.Address, 3, 0)]
    [InlineData("12.1.128.10.in-addr.arpa", DnsType.Pointer, 0, 1)]
    [InlineData("12.1.128.10.in-addr.arpa", DnsType.Address, 0, 0)]
    [InlineData("red.rempart.internal", DnsType.Transfer, 5, 0)]
    [InlineData("outside.example", DnsType.Transfer, 5, 0)]
    [InlineData("outside.example", DnsType.IncrementalTransfer, 5, 0)]
    public void What_a_project_may_know_is_answered_here(string name, int type, int code, int answers)
    {
        var decision = Zone.Decide(Query(name, (ushort)type), datagram: true);

        Assert.Null(decision.Forward);
        Assert.Equal((code, answers), (decision.Answer![3] & 0xf, BinaryPrimitives.ReadUInt16BigEndian(decision.Answer.AsSpan(6))));
        // That there is nothing may be remembered for a while too: then it says for how long.
        if (answers == 0 && code != 5) Assert.Equal(1, BinaryPrimitives.ReadUInt16BigEndian(decision.Answer.AsSpan(8)));
    }

    [Theory]
    [InlineData("outside.example", DnsType.Address)]
    [InlineData("xrempart.internal", DnsType.Address)]
    [InlineData("13.2.128.10.in-addr.arpa", DnsType.Pointer)]
    [InlineData("012.1.128.10.in-addr.arpa", DnsType.Pointer)]
    [InlineData("", DnsType.StartOfAuthority)]
    public void Everything_else_is_asked_elsewhere(string name, int type)
    {
        var decision = Zone.Decide(Query(name, (ushort)type), datagram: true);

        Assert.Null(decision.Answer);
        Assert.Equal(name, decision.Forward!.Name);
    }

    [Fact]
    public void Questions_about_the_server_are_refused()
    {
        var query = Query("version.bind", 16);
        query[^1] = 3; // class CHAOS

        Assert.Equal((int)DnsCode.Refused, Zone.Decide(query, datagram: true).Answer![3] & 0xf);
    }

    [Fact]
    public void An_unknown_version_of_EDNS_is_named_as_that()
    {
        var query = Query("web.red.rempart.internal", DnsType.Address);
        query[11] = 1;

        var answer = Zone.Decide([.. query, 0, 0, 41, 4, 0, 0, 1, 0, 0, 0, 0], datagram: true).Answer!;

        Assert.Equal(16, (answer[3] & 0xf) | (answer[^6] << 4));
    }

    [Fact]
    public void What_is_no_query_gets_an_error_or_silence()
    {
        Assert.Equal((int)DnsCode.FormatError, Zone.Decide([0x12, 0x34, 1, 0, 0, 9, 0, 0, 0, 0, 0, 0], datagram: true).Answer![3] & 0xf);
        Assert.Equal(NameDecision.Silence, Zone.Decide([1, 2, 3], datagram: true));
        Assert.Equal(NameDecision.Silence, Zone.Decide([0x12, 0x34, 0x81, 0x80, 0, 1, 0, 0, 0, 0, 0, 0], datagram: true));
    }

    private static byte[] Query(string name, ushort type)
    {
        byte[] labels = [.. name.Split('.', StringSplitOptions.RemoveEmptyEntries).SelectMany(l => (byte[])[(byte)l.Length, .. Encoding.ASCII.GetBytes(l)]), 0];
        return [0x12, 0x34, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, .. labels, (byte)(type >> 8), (byte)type, 0, 1];
    }
}
