using System.Globalization;
using System.Net;
using Rempart.ApiServer.Tests.Http;
using Rempart.ApiServer.Tests.Watch;

namespace Rempart.ApiServer.Tests.Flow;

/// <summary>Ten thousand watches that nothing happens to: what they cost, and that they hold no seat.</summary>
[Trait("level", "real")]
[Collection(MeasuredCollection.Name)]
public sealed class IdleWatchTests
{
    private const int Watches = 10_000;
    private const int OfConnection = 900;
    private const string Maps = "/api/v1/namespaces/default/configmaps";

    // Both ends are in this process: of the server's own part this is an upper bound.
    private const int MostBytesOfOne = 96 * 1024;

    [Fact]
    public async Task Ten_thousand_idle_watches_cost_bounded_memory_hold_no_seat_and_are_given_back()
    {
        await using var server = await TestServer.StartAsync(change: options => options with
        {
            Flow = options.Flow with { Tenants = options.Flow.Tenants with { Seats = 4, SeatsOfClient = 4, Streams = Watches, StreamsOfClient = Watches, Requests = null, Recorded = null } },
        });
        Assert.Equal(200, (await server.GetAsync(Maps)).Code);
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var watches = new List<WatchStream>(Watches);
        List<HttpClient> clients = [.. Enumerable.Range(0, (Watches + OfConnection - 1) / OfConnection).Select(_ => server.ClientOf("alice"))];
        for (var i = 0; i < Watches; i += 100)
        {
            var client = clients[i / OfConnection];
            watches.AddRange(await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => WatchStream.OpenAsync(client, Maps + "?watch=1&timeoutSeconds=3000"))));
        }

        var one = (GC.GetTotalMemory(forceFullCollection: true) - before) / Watches;
        TestContext.Current.TestOutputHelper?.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{Watches} idle watches: {one / 1024.0:F1} KiB each, with the client's half"));
        Assert.InRange(one, 0, MostBytesOfOne);

        // Four seats are free for others, a further watch is refused, and those that are there are told.
        Assert.Equal(429, (await server.GetAsync(Maps + "?watch=1")).Code);
        Assert.Equal(201, (await server.PostAsync(Maps, """{"metadata":{"name":"a"}}""")).Code);
        foreach (var i in (int[])[0, Watches / 2, Watches - 1]) Assert.Equal("ADDED a", await watches[i].NextAsync());

        foreach (var watch in watches) await watch.DisposeAsync();
        for (var i = 0; await CodeAsync(server) == HttpStatusCode.TooManyRequests; i++)
        {
            Assert.True(i < 600, "the watches are not given back");
            await Task.Delay(50);
        }

        Assert.Equal(HttpStatusCode.OK, await CodeAsync(server));
    }

    private static async Task<HttpStatusCode> CodeAsync(TestServer server)
    {
        using var response = await server.Client.GetAsync(Maps + "?watch=1&timeoutSeconds=1", HttpCompletionOption.ResponseHeadersRead);
        return response.StatusCode;
    }
}
