using System.Text;
using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using Rempart.Protocols.Ovsdb;

namespace Rempart.Protocols.Tests.Ovsdb;

public sealed class OvsdbMessageSplitterTests
{
    [Fact]
    public void Concatenated_messages_come_out_whole_however_the_bytes_are_cut()
    {
        Prop.ForAll(Messages().ToArbitrary(), Gen.Choose(1, 40).ToArbitrary(), (messages, chunk) =>
        {
            var bytes = Encoding.UTF8.GetBytes(string.Concat(messages.Select(m => m + (m.Length % 3 == 0 ? " \n" : ""))));
            return Split(bytes, chunk, 1 << 20).SequenceEqual(messages);
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void Any_bytes_end_in_messages_or_in_a_protocol_error()
    {
        var hostile = Gen.Elements((byte)'{', (byte)'}', (byte)'[', (byte)']', (byte)'"', (byte)'\\', (byte)'a', (byte)0, (byte)0xff, (byte)' ').ArrayOf();
        Prop.ForAll(hostile.ToArbitrary(), Gen.Choose(1, 7).ToArbitrary(), (bytes, chunk) =>
        {
            try
            {
                return Split(bytes, chunk, 256).All(m => m.StartsWith('{') && m.Length <= 256);
            }
            catch (OvsdbProtocolException)
            {
                return true;
            }
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void A_message_beyond_the_size_bound_is_refused()
    {
        var endless = Encoding.UTF8.GetBytes("{\"a\":\"" + new string('x', 5000));

        Assert.Throws<OvsdbProtocolException>(() => Split(endless, 100, 1024));
    }

    [Fact]
    public void A_message_nested_too_deep_is_refused_at_once()
    {
        var deep = Encoding.UTF8.GetBytes("{\"a\":" + new string('[', 1000));

        Assert.Throws<OvsdbProtocolException>(() => Split(deep, 4096, 1 << 20));
    }

    [Fact]
    public async Task A_large_message_in_single_bytes_is_scanned_once()
    {
        // Rescanning from the start at each byte would look at 1,000,000² / 2 bytes, which does not end within the test's limit.
        var large = Encoding.UTF8.GetBytes("{\"a\":\"" + new string('x', 1_000_000) + "\"}");

        var messages = await Task.Run(() => Split(large, 1, 1 << 21)).WaitAsync(TimeSpan.FromSeconds(30), TimeProvider.System, TestContext.Current.CancellationToken);

        Assert.Single(messages);
    }

    private static List<string> Split(byte[] bytes, int chunk, int max)
    {
        var splitter = new OvsdbMessageSplitter(max);
        var found = new List<string>();
        for (var at = 0; at < bytes.Length;)
        {
            var free = splitter.Free();
            var count = Math.Min(Math.Min(chunk, free.Length), bytes.Length - at);
            bytes.AsSpan(at, count).CopyTo(free.Span);
            splitter.Advance(count);
            at += count;
            while (splitter.TryNext(out var message)) found.Add(Encoding.UTF8.GetString(message.Span));
        }
        return found;
    }

    private static Gen<string[]> Messages() =>
        ArbMap.Default.GeneratorFor<NonNull<string>>().ArrayOf()
            .Select(texts => texts.Select((t, i) => JsonSerializer.Serialize(new Dictionary<string, object> { ["k{\"]" + i] = new[] { t.Get, "}" } })).ToArray());
}
