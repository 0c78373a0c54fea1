using Rempart.Api.Tickets;
using Rempart.Node.Tunnel;
using Rempart.Testing.Time;

namespace Rempart.Node.Tests.Tunnel;

public sealed class TunnelClientTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_server_that_is_silent_for_45_seconds_is_dialed_again()
    {
        var (time, told) = (new ManualTime(), new ToldReasons());
        using var server = new LineServer();
        using var http = new HttpClient(server, disposeHandler: false) { BaseAddress = new Uri("https://api.test") };
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Stop);
        var running = new TunnelClient(http, "h1", new TicketVerifier("h1", [], time), [], time, told).RunAsync(stop.Token);
        await server.DialedAsync(Stop);
        Assert.Equal("the tunnel stands", await told.NextAsync(Stop));

        // Each line of the server's begins the wait anew.
        for (var i = 0; i < 3; i++)
        {
            time.Advance(TimeSpan.FromSeconds(44));
            await server.AskAsync(Stop);
        }
        time.Advance(TimeSpan.FromSeconds(45));

        Assert.Equal("the tunnel broke: the server has been silent for too long; dialing again", await told.NextAsync(Stop));
        var again = server.DialedAsync(Stop);
        await Eventually.HoldsAsync("the next dial", time, TimeSpan.FromMilliseconds(100), () => again.IsCompleted, Stop);
        Assert.Equal("the tunnel stands", await told.NextAsync(Stop));
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
    }
}
