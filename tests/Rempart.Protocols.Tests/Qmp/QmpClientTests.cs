using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using Rempart.Protocols.Qmp;

namespace Rempart.Protocols.Tests.Qmp;

public sealed class QmpClientTests
{

    [Fact]
    public async Task Commands_in_a_row_are_sent_without_waiting_and_the_first_refusal_is_told()
    {
        var stop = TestContext.Current.CancellationToken;
        var (peer, client) = await ScriptedQemu.StartAsync(new QmpOptions(), stop);
        await using var _ = peer;
        await using var __ = client;
        var running = client.ExecuteAllAsync([new("one", null, []), new("two", new() { ["x"] = 1 }, []), new("three", null, [])], stop);
        var lines = new[] { await peer.HearAsync(stop), await peer.HearAsync(stop), await peer.HearAsync(stop) };
        Assert.Equal(["one", "two", "three"], lines.Select(line => System.Text.Json.Nodes.JsonNode.Parse(line)!["execute"]!.GetValue<string>()));
        foreach (var (i, line) in lines.Index())
        {
            var id = System.Text.Json.Nodes.JsonNode.Parse(line)!["id"]!.GetValue<string>();
            await peer.SayAsync(i == 1 ? $$"""{"error": {"class": "GenericError", "desc": "no"}, "id": "{{id}}"}""" : $$"""{"return": {}, "id": "{{id}}"}""", stop);
        }
        Assert.Equal("two", (await Assert.ThrowsAsync<QmpException>(() => running)).Command);

        running = client.ExecuteAllAsync([new("last", null, []), new("never", null, [])], stop);
        await peer.HearAsync(stop);
        await peer.DisposeAsync();
        await Assert.ThrowsAsync<QmpDisconnectedException>(() => running);
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_command_gets_its_own_answer_even_when_answers_come_in_another_order()
    {
        var (peer, client) = await ScriptedQemu.StartAsync(new QmpOptions(), Cancellation);
        await using var both = peer;
        await using var session = client;
        Assert.Equal((7, 2), (client.Version.Major, client.Version.Minor));

        var first = client.ExecuteAsync("query-status", null, [], Cancellation);
        Assert.Equal("""{"execute":"query-status","id":"2"}""", await peer.HearAsync(Cancellation));
        var second = client.ExecuteAsync("query-name", new JsonObject { ["a"] = 1 }, [], Cancellation);
        Assert.Equal("""{"execute":"query-name","arguments":{"a":1},"id":"3"}""", await peer.HearAsync(Cancellation));
        await peer.SayAsync("""{"return": {"name": "b"}, "id": "3"}""", Cancellation);
        await peer.SayAsync("""{"timestamp": {"seconds": 1, "microseconds": 2}, "event": "STOP"}""", Cancellation);
        await peer.SayAsync("""{"return": {"status": "running"}, "id": "2"}""", Cancellation);

        Assert.Equal("b", (await second).GetProperty("name").GetString());
        Assert.Equal("running", (await first).GetProperty("status").GetString());
        Assert.Equal("STOP", (await client.Events.ReadAsync(Cancellation)).Name);
    }

    [Fact]
    public async Task A_monitor_that_resets_the_connection_before_its_greeting_has_ended()
    {
        // Given a peer that accepts and dies, so that the connection is reset, not closed.
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen(1);
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(listener.LocalEndPoint!, Cancellation);
        using (var dying = await listener.AcceptAsync(Cancellation)) dying.LingerState = new LingerOption(enable: true, seconds: 0);

        // Then it is told as an ended session, which callers know how to take.
        await Assert.ThrowsAsync<QmpDisconnectedException>(() =>
            QmpClient.StartAsync(new NetworkStream(socket, ownsSocket: true), null, new QmpOptions(), TimeProvider.System, Cancellation));
    }

    [Fact]
    public async Task A_refusal_carries_class_and_sentence()
    {
        var (peer, client) = await ScriptedQemu.StartAsync(new QmpOptions(), Cancellation);
        await using var both = peer;
        await using var session = client;
        var asking = client.ExecuteAsync("device_del", null, [], Cancellation);
        await peer.HearAsync(Cancellation);
        await peer.SayAsync("""{"error": {"class": "DeviceNotFound", "desc": "Device 'x' not found"}, "id": "2"}""", Cancellation);
        var refusal = await Assert.ThrowsAsync<QmpException>(() => asking);
        Assert.Equal(("device_del", "DeviceNotFound", "Device 'x' not found"), (refusal.Command, refusal.ErrorClass, refusal.Description));
    }

    [Theory]
    [InlineData("""{"return": {}}""")]
    [InlineData("""{"surprise": 1}""")]
    [InlineData("""[1]""")]
    [InlineData("""{"event": "A", "event": "B"}""")]
    [InlineData("""nonsense""")]
    [InlineData("""{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":1}}}}}}}}}""")]
    public async Task A_line_that_is_no_answer_and_no_event_ends_the_session_and_every_waiting_command(string line)
    {
        var (peer, client) = await ScriptedQemu.StartAsync(new QmpOptions { MaxDepth = 8 }, Cancellation);
        await using var both = peer;
        await using var session = client;
        var waiting = client.ExecuteAsync("query-status", null, [], Cancellation);
        await peer.HearAsync(Cancellation);
        await peer.SayAsync(line, Cancellation);
        await Assert.ThrowsAsync<QmpDisconnectedException>(() => waiting);
        await client.Completion;
        await Assert.ThrowsAsync<QmpDisconnectedException>(() => client.ExecuteAsync("query-status", null, [], Cancellation));
        Assert.False(await client.Events.WaitToReadAsync(Cancellation));
    }

    [Fact]
    public async Task A_line_without_end_is_cut_off_at_its_bound()
    {
        var (peer, client) = await ScriptedQemu.StartAsync(new QmpOptions { MaxLineBytes = 4096 }, Cancellation);
        await using var both = peer;
        await using var session = client;
        await peer.SayBytesAsync(Encoding.ASCII.GetBytes(new string('a', 8192)), Cancellation);
        await client.Completion;
        var failure = await Assert.ThrowsAsync<QmpDisconnectedException>(() => client.ExecuteAsync("x", null, [], Cancellation));
        Assert.Contains("longer than 4096", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Events_that_nobody_reads_take_bounded_room_and_the_newest_stay()
    {
        var (peer, client) = await ScriptedQemu.StartAsync(new QmpOptions { MaxEvents = 4 }, Cancellation);
        await using var both = peer;
        await using var session = client;
        for (var number = 0; number < 100; number++) await peer.SayAsync($$"""{"event": "E{{number}}"}""", Cancellation);
        await peer.DisposeAsync();
        await client.Completion;
        var kept = new List<string>();
        await foreach (var happened in client.Events.ReadAllAsync(Cancellation)) kept.Add(happened.Name);
        Assert.Equal(["E96", "E97", "E98", "E99"], kept);
    }

    [Fact]
    public async Task A_qemu_that_does_not_answer_is_given_up_and_its_late_answer_harms_nothing()
    {
        var (peer, client) = await ScriptedQemu.StartAsync(new QmpOptions { Timeout = TimeSpan.FromMilliseconds(200) }, Cancellation);
        await using var both = peer;
        await using var session = client;
        var failure = await Assert.ThrowsAsync<QmpDisconnectedException>(() => client.ExecuteAsync("query-status", null, [], Cancellation));
        Assert.Contains("query-status", failure.Message, StringComparison.Ordinal);
        await peer.SayAsync("""{"return": {"late": true}, "id": "2"}""", Cancellation);
        await peer.SayAsync("""{"event": "AFTER"}""", Cancellation);
        Assert.Equal("AFTER", (await client.Events.ReadAsync(Cancellation)).Name);
    }

    [Fact]
    public async Task A_caller_that_gives_up_gets_its_cancellation_and_the_session_goes_on()
    {
        var (peer, client) = await ScriptedQemu.StartAsync(new QmpOptions(), Cancellation);
        await using var both = peer;
        await using var session = client;
        using var impatient = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        var asking = client.ExecuteAsync("query-status", null, [], impatient.Token);
        await peer.HearAsync(Cancellation);
        await impatient.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => asking);
        var next = client.ExecuteAsync("query-name", null, [], Cancellation);
        await peer.HearAsync(Cancellation);
        await peer.SayAsync("""{"return": {}, "id": "3"}""", Cancellation);
        await next;
    }

    [Theory]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData("""{"QMP": 1}""")]
    [InlineData("""{"QMP": {"version": {"qemu": {"micro": "x", "minor": 2, "major": 7}}}}""")]
    [InlineData("""{"QMP": {"version": {"qemu": {"micro": 99999999999, "minor": 2, "major": 7}}}}""")]
    public async Task What_is_no_greeting_is_no_session(string line)
    {
        var (peer, stream) = await ScriptedQemu.ConnectAsync(Cancellation);
        await using var both = peer;
        await peer.SayAsync(line, Cancellation);
        await peer.DisposeAsync();
        await Assert.ThrowsAsync<QmpDisconnectedException>(() => QmpClient.StartAsync(stream, null, new QmpOptions(), TimeProvider.System, Cancellation));
    }

    [Fact]
    public async Task Arbitrary_bytes_end_a_session_or_leave_it_and_never_do_anything_else()
    {
        var seed = Environment.TickCount;
        var random = new SeededBytes(seed);
        for (var round = 0; round < 200; round++)
        {
            var (peer, client) = await ScriptedQemu.StartAsync(new QmpOptions { MaxLineBytes = 512 }, Cancellation);
            await using var session = client;
            await peer.SayBytesAsync(random.Mutate("""{"event": "STOP", "data": {"a": [1, 2, "three"]}, "timestamp": {"seconds": 1}}""" + "\n", 600), Cancellation);
            await peer.DisposeAsync();
            var finished = await Task.WhenAny(client.Completion, Task.Delay(TimeSpan.FromSeconds(20), Cancellation));
            Assert.True(finished == client.Completion, $"the session hangs with seed {seed}, round {round}");
        }
    }

    /// <summary>Bytes from a seed: some lines whole, some changed, some noise.</summary>
    private sealed class SeededBytes(int seed)
    {
        private ulong state = (ulong)seed | 1;

        internal byte[] Mutate(string line, int most)
        {
            var result = new List<byte>();
            while (result.Count < most)
            {
                var bytes = Encoding.UTF8.GetBytes(line);
                for (var changes = Next() % 4; changes > 0; changes--) bytes[Next() % (uint)bytes.Length] = (byte)Next();
                result.AddRange(Next() % 5 == 0 ? bytes[..(int)(Next() % (uint)bytes.Length)] : bytes);
            }
            return [.. result];
        }

        // xorshift64*: the same seed gives the same bytes.
        private uint Next()
        {
            state ^= state >> 12;
            state ^= state << 25;
            state ^= state >> 27;
            return (uint)((state * 2685821657736338717UL) >> 32);
        }
    }
}
