using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using Rempart.ApiServer.Tests.Http;
using Rempart.Testing.Time;

namespace Rempart.ApiServer.Tests.Flow;

/// <summary>
/// One tenant sends all they can over two hundred connections, as themselves or as 32 service accounts of their project, with the rates
/// and seats that every server has. The flood goes on until all others have their answers: nodes their leases, controllers, other tenants and other
/// projects' accounts theirs, none of them refused.
/// </summary>
[Trait("level", "real")]
public sealed class FairnessTests
{
    private const string Maps = "/api/v1/namespaces/default/configmaps";
    private const string Leases = "/apis/coordination.k8s.io/v1/namespaces/default/leases";

    private const int MostStreams = 16;

    // A flood that takes the tests' own processor helps nobody to see anything.
    private static readonly TimeSpan Breath = TimeSpan.FromMilliseconds(20);

    private readonly ConcurrentBag<string> _strange = [];
    private int _refused;
    private int _sent;
    private int _open;
    private int _opening;

    [Theory]
    [InlineData("alice")]
    [InlineData("system:serviceaccount:crowd:a{0}")]
    public async Task A_flood_of_lists_bodies_creations_watches_and_readers_that_do_not_read_delays_nobody_else(string users)
    {
        await using var server = await TestServer.StartAsync(change: options => options with { Flow = options.Flow with { Tenants = options.Flow.Tenants with { StreamsOfClient = MostStreams } } });
        var filler = new string('x', 16_000);
        for (var i = 0; i < 100; i++) Assert.Equal(201, (await server.PostAsync(Maps, $$$"""{"metadata":{"name":"m{{{i}}}"},"data":{"a":"{{{filler}}}"}}""")).Code);
        using var over = new CancellationTokenSource();
        var flood = Flood(server, users, over.Token);
        await Eventually.HoldsAsync("a refusal of the flood", () => Volatile.Read(ref _refused) > 0, CancellationToken.None);

        var sentBefore = Volatile.Read(ref _sent);
        // When the others work meanwhile, each gets each answer.
        await Task.WhenAll(
        [
            .. Enumerable.Range(0, 12).Select(i => HeartbeatsAsync(server, $"host{i}")),
            .. Enumerable.Range(0, 4).Select(i => WorkAsync(server, $"tenant{i}")),
            WorkAsync(server, "system:serviceaccount:other:builder"),
            .. Enumerable.Range(0, 4).Select(i => WorkAsync(server, $"system:controller:c{i}")),
        ]);
        var sentUntilDone = Volatile.Read(ref _sent);
        Assert.DoesNotContain(flood, client => client.IsFaulted);
        await over.CancelAsync();
        await Task.WhenAll(flood);

        // Then the flooder alone was refused, each time with the time to come again.
        Assert.Empty(_strange);
        TestContext.Current.TestOutputHelper?.WriteLine($"{_sent} requests of the flood, {_refused} of them refused");
        var refused = server.Audit.Records.Where(record => record.Status == 429).ToList();
        Assert.NotEmpty(refused);
        Assert.All(refused, record => Assert.StartsWith(users.Split('{')[0], record.User, StringComparison.Ordinal));
        // The others' work was done while the flood was on, not before it or after.
        Assert.True(sentUntilDone > sentBefore, "the flood stood still while the others worked");
        // However many they are, one client is let in, with the bounds of one.
        Assert.InRange(_open, 1, MostStreams);
    }

    private static async Task HeartbeatsAsync(TestServer server, string node)
    {
        using var client = server.ClientOf($"system:node:{node}, O=system:nodes");
        Assert.Equal(201, (await server.SendAsync(HttpMethod.Post, Leases, $$$"""{"metadata":{"name":"{{{node}}}"},"spec":{"holderIdentity":"0"}}""", client: client)).Code);
        for (var i = 1; i <= 8; i++)
        {
            var (code, body) = await server.SendAsync(HttpMethod.Patch, $"{Leases}/{node}", $$$"""{"spec":{"holderIdentity":"{{{i}}}"}}""", "application/merge-patch+json", client);
            Assert.True(code == 200, body.ToJsonString());
        }
    }

    private static async Task WorkAsync(TestServer server, string name)
    {
        using var client = server.ClientOf(name);
        var prefix = name.Replace(":", "-", StringComparison.Ordinal);
        for (var i = 0; i < 10; i++)
        {
            var (code, body) = await server.SendAsync(HttpMethod.Post, Maps, $$$"""{"metadata":{"name":"{{{prefix}}}-{{{i}}}"}}""", client: client);
            Assert.True(code == 201, body.ToJsonString());
            Assert.Equal(200, (await server.SendAsync(HttpMethod.Get, $"{Maps}/{prefix}-{i}", client: client)).Code);
            Assert.Equal(200, (await server.SendAsync(HttpMethod.Get, $"{Maps}?limit=10", client: client)).Code);
        }
    }

    private List<Task> Flood(TestServer server, string users, CancellationToken over)
    {
        var body = $$$"""{"metadata":{"name":"big"},"data":{"a":"{{{new string('x', 2_000_000)}}}"}}""";
        return
        [
            .. Clients(60, client => SendAsync(client, () => new HttpRequestMessage(HttpMethod.Get, "/api/v1/configmaps"), over)),
            .. Clients(60, client => SendAsync(client, () => Post($$$"""{"metadata":{"generateName":"f-"}}"""), over)),
            .. Clients(20, client => SendAsync(client, () => Post(body), over)),
            .. Clients(40, client => WatchAsync(client, over)),
            .. Clients(20, client => StareAsync(client, over)),
        ];

        // A connection each.
        IEnumerable<Task> Clients(int count, Func<HttpClient, Task> flood) =>
            Enumerable.Range(0, count).Select(i => flood(server.ClientOf(string.Format(System.Globalization.CultureInfo.InvariantCulture, users, i % 32), HttpVersion.Version11)));
    }

    private static HttpRequestMessage Post(string body) => new(HttpMethod.Post, Maps) { Content = new StringContent(body, Encoding.UTF8, new MediaTypeHeaderValue("application/json")) };

    private async Task SendAsync(HttpClient client, Func<HttpRequestMessage> make, CancellationToken over)
    {
        while (!over.IsCancellationRequested)
        {
            try
            {
                using var request = make();
                request.Version = HttpVersion.Version11;
                using var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, over);
                await LookAsync(response, over);
            }
            catch (Exception end) when (end is OperationCanceledException or HttpRequestException or IOException)
            {
                // Called off, or cut off by the server, which is its right.
            }
        }
    }

    // Each keeps the watch that it got, so that they add up.
    private async Task WatchAsync(HttpClient client, CancellationToken over)
    {
        while (!over.IsCancellationRequested)
        {
            try
            {
                using var response = await client.GetAsync(Maps + "?watch=1", HttpCompletionOption.ResponseHeadersRead, over);
                await LookAsync(response, over);
                if (!response.IsSuccessStatusCode) continue;
                lock (_strange) _open = Math.Max(_open, ++_opening);
                await Task.Delay(Timeout.Infinite, over);
            }
            catch (Exception end) when (end is OperationCanceledException or HttpRequestException or IOException)
            {
                // Called off, or cut off by the server, which is its right.
            }
        }
    }

    private async Task LookAsync(HttpResponseMessage response, CancellationToken over)
    {
        Interlocked.Increment(ref _sent);
        if (response.StatusCode != HttpStatusCode.TooManyRequests) return;
        Interlocked.Increment(ref _refused);
        await Task.Delay(Breath, over);
        var status = JsonNode.Parse(await response.Content.ReadAsStringAsync(over))!;
        if (response.Headers.RetryAfter?.Delta is not { } delta || delta < TimeSpan.FromSeconds(1)) _strange.Add("429 without Retry-After");
        else if (status["reason"]!.GetValue<string>() != "TooManyRequests" || status["details"]!["retryAfterSeconds"]!.GetValue<int>() != (int)delta.TotalSeconds) _strange.Add(status.ToJsonString());
    }

    // Asks for everything and reads nothing of it.
    private static async Task StareAsync(HttpClient client, CancellationToken over)
    {
        try
        {
            using var response = await client.GetAsync("/api/v1/configmaps", HttpCompletionOption.ResponseHeadersRead, over);
            await Task.Delay(Timeout.Infinite, over);
        }
        catch (Exception end) when (end is OperationCanceledException or HttpRequestException)
        {
            // The end of the flood.
        }
    }
}
