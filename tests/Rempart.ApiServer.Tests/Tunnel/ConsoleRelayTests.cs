using System.Net.WebSockets;
using Rempart.Api.Tunnel;
using Rempart.ApiServer.Tunnel;
using Rempart.Testing.Streams;
using Rempart.Testing.Time;

namespace Rempart.ApiServer.Tests.Tunnel;

/// <summary>The relay alone, between a viewer and a node in memory, on a clock that the test moves.</summary>
public sealed class ConsoleRelayTests : IDisposable
{
    private readonly ManualTime time = new();
    private readonly SemaphoreSlim sends = new(0);
    private readonly WebSocket server;
    private readonly WebSocket viewer;
    private readonly FrameStream frames;
    private readonly FrameStream node;

    public ConsoleRelayTests()
    {
        var (near, far) = DuplexStream.Pair();
        var told = new DuplexStream(near.ReadAsync, (bytes, cancellationToken) =>
        {
            sends.Release();
            return near.WriteAsync(bytes, cancellationToken);
        }, near.Dispose);
        server = WebSocket.CreateFromStream(told, new WebSocketCreationOptions { IsServer = true });
        viewer = WebSocket.CreateFromStream(far, new WebSocketCreationOptions());
        var (here, there) = DuplexStream.Pair();
        (frames, node) = (new FrameStream(here, here), new FrameStream(there, there));
    }

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_console_ends_after_an_hour_in_which_nothing_was_typed_or_shown()
    {
        var running = RunAsync();
        time.Advance(TimeSpan.FromMinutes(59));
        await ShowAsync();
        time.Advance(TimeSpan.FromMinutes(59));
        await TypeAsync();
        time.Advance(TimeSpan.FromMinutes(59));
        await ShowAsync();

        time.Advance(TimeSpan.FromHours(1));

        var closed = await viewer.ReceiveAsync(new byte[16], Stop);
        Assert.Equal((WebSocketMessageType.Close, "nothing was typed or shown for an hour"), (closed.MessageType, closed.CloseStatusDescription));
        await viewer.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, Stop);
        Assert.Equal("nothing was typed or shown for an hour", await running);
    }

    [Fact]
    public async Task A_viewer_has_30_seconds_to_take_what_is_shown()
    {
        var running = RunAsync();
        await node.WriteAsync(FrameChannel.Data, "a"u8.ToArray(), Stop);
        await sends.WaitAsync(Stop);
        time.Advance(TimeSpan.FromSeconds(29));
        await TakeAsync((byte)'a');
        await node.WriteAsync(FrameChannel.Data, "b"u8.ToArray(), Stop);
        await sends.WaitAsync(Stop);
        time.Advance(TimeSpan.FromSeconds(29));
        await TakeAsync((byte)'b');
        await node.WriteAsync(FrameChannel.Data, "c"u8.ToArray(), Stop);
        await sends.WaitAsync(Stop);

        time.Advance(TimeSpan.FromSeconds(30));

        Assert.Equal("the viewer does not take what the console shows", await running);
        Assert.Equal(WebSocketState.Aborted, server.State);
    }

    public void Dispose()
    {
        server.Dispose();
        viewer.Dispose();
        frames.Dispose();
        node.Dispose();
        sends.Dispose();
    }

    private Task<string> RunAsync() => new ConsoleRelay(server, frames, time).RunAsync([], CancellationToken.None);

    // When the viewer has it, the relay has set its clock anew.
    private async Task ShowAsync()
    {
        var sent = node.WriteAsync(FrameChannel.Data, "a"u8.ToArray(), Stop);
        await TakeAsync((byte)'a');
        await sent;
        // Nothing for the viewer; taken when the relay has done with the one before.
        await node.WriteAsync(FrameChannel.Data, default, Stop);
    }

    private async Task TypeAsync()
    {
        var typed = viewer.SendAsync((byte[])[0, (byte)'b'], WebSocketMessageType.Binary, endOfMessage: true, Stop);
        Assert.Equal((byte)'b', Assert.Single((await node.ReadAsync(Stop)).Payload.ToArray()));
        await typed;
    }

    private async Task TakeAsync(byte letter)
    {
        var message = new byte[16];
        var taken = await viewer.ReceiveAsync(message, Stop);
        Assert.Equal((2, letter), (taken.Count, message[1]));
    }
}
