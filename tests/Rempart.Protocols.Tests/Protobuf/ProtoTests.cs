using Rempart.Protocols.Protobuf;

namespace Rempart.Protocols.Tests.Protobuf;

public sealed class ProtoTests
{
    [Fact]
    public void A_message_is_the_bytes_of_the_formats_own_examples()
    {
        // The examples of protobuf's "Encoding" page: a number 150 in field 1, a text in field 2.
        var writer = new ProtoWriter(0, 0);
        writer.Number(1, 150);
        writer.Text(2, "test", "ing");
        Assert.Equal("089601120774657374696E67", Convert.ToHexString(writer.Written.Span));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(127)]
    [InlineData(128)]
    [InlineData(16_384)]
    [InlineData(3_000_000)]
    public void What_is_written_is_read_again_whatever_the_lengths(int length)
    {
        var writer = new ProtoWriter(5, 0);
        var outer = writer.Begin(7);
        var inner = writer.Begin(2);
        writer.Data(1, new byte[length]);
        writer.End(inner);
        writer.Number(3, -1);
        writer.Flag(4, value: true);
        writer.Flag(5, value: false);
        writer.Choice(6, 0);
        writer.End(outer);
        writer.Number(15, long.MaxValue);

        var message = new ProtoReader(writer.Written.Span[5..]);
        Assert.True(message.Next());
        Assert.Equal(7, message.Field);
        var first = new ProtoReader(message.Data());
        Assert.True(first.Next());
        var second = new ProtoReader(first.Data());
        if (second.Next()) Assert.Equal(length, second.Data().Length);
        else Assert.Equal(0, length);
        Assert.True(first.Next());
        Assert.Equal((3, -1L), (first.Field, first.Number()));
        Assert.True(first.Next());
        Assert.True(first.Flag());
        Assert.True(first.Next());
        Assert.Equal((6, 0L), (first.Field, first.Number()));
        Assert.False(first.Next());
        Assert.True(message.Next());
        Assert.Equal((15, long.MaxValue), (message.Field, message.Number()));
        Assert.False(message.Next());
    }

    [Fact]
    public void Fields_that_nobody_reads_are_skipped_whatever_their_type()
    {
        // 1: varint, 2: 64 bits, 3: bytes, 5: 32 bits, then 4 = 9
        var message = new ProtoReader(Convert.FromHexString("08FF01" + "110102030405060708" + "1A03AABBCC" + "2D01020304" + "2009"));
        var last = (0, 0L);
        while (message.Next())
        {
            if (message.Field == 4) last = (4, message.Number());
        }

        Assert.Equal((4, 9L), last);
    }

    [Theory]
    [InlineData("08")]
    [InlineData("0880")]
    [InlineData("08FFFFFFFFFFFFFFFFFFFFFF01")]
    [InlineData("1205AA")]
    [InlineData("12FFFFFFFFFFFFFFFFFF01")]
    [InlineData("0B")]
    [InlineData("0F01")]
    [InlineData("0001")]
    [InlineData("1101")]
    public void What_is_no_message_is_refused(string hex) => Assert.Throws<ProtoFormatException>(() => Drain(Convert.FromHexString(hex)));

    [Fact]
    public void Random_bytes_are_read_or_refused_and_nothing_else()
    {
        var random = new Random(20_261_122);
        for (var i = 0; i < 200_000; i++)
        {
            var bytes = new byte[random.Next(40)];
            random.NextBytes(bytes);
            try
            {
                Drain(bytes);
            }
            catch (ProtoFormatException)
            {
                // As it should.
            }
        }
    }

    private static void Drain(byte[] bytes)
    {
        var message = new ProtoReader(bytes);
        while (message.Next())
        {
            if (message.Field % 2 == 0) message.Data();
        }
    }
}
