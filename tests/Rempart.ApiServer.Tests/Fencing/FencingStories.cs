using System.Text.Json.Nodes;
using Rempart.Api.Coordination;
using Rempart.ApiServer.Tests.Http;
using Rempart.ApiServer.Tests.Quotas;
using Rempart.Store;
using Rempart.Store.Memory;

namespace Rempart.ApiServer.Tests.Fencing;

/// <summary>What a leader writes counts in its own term only, whatever it and its server believe.</summary>
public sealed class FencingStories : IAsyncLifetime
{
    private const string Leases = "/apis/coordination.k8s.io/v1/namespaces/kube-system/leases";
    private const string Maps = "/api/v1/namespaces/default/configmaps";
    private const string First = "kube-system/leader 0 a_1";

    private readonly SharedStore _store = new(new MemoryStore());
    private TestServer _server = null!;
    private HttpClient _controller = null!;

    public async ValueTask InitializeAsync()
    {
        _server = await TestServer.StartAsync(_store);
        _controller = _server.ClientOf("system:controller:machine");
        Assert.Equal(201, (await _server.PostAsync(Leases, Lease("a_1", 0))).Code);
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task A_leader_writes_in_its_term_renews_without_ending_it_and_is_refused_once_somebody_else_leads()
    {
        Assert.Equal(201, await WriteAsync(HttpMethod.Post, Maps, """{"metadata":{"name":"m"}}""", First));
        var before = await TermAsync();
        Assert.Equal(200, (await _server.PatchAsync($"{Leases}/leader", """{"spec":{"renewTime":"2026-01-01T10:00:00.000000Z"}}""")).Code);
        Assert.Equal(before, await TermAsync());
        Assert.Equal(200, await WriteAsync(HttpMethod.Patch, $"{Maps}/m", """{"data":{"a":"1"}}""", First));

        await TakeOverAsync("b_1", 1);
        Assert.Equal(403, await WriteAsync(HttpMethod.Post, Maps, """{"metadata":{"name":"n"}}""", First));
        Assert.Equal(403, await WriteAsync(HttpMethod.Patch, $"{Maps}/m", """{"data":{"a":"2"}}""", First));
        Assert.Equal(403, await WriteAsync(HttpMethod.Delete, $"{Maps}/m", null, First));
        Assert.Equal(403, await WriteAsync(HttpMethod.Delete, Maps, null, First));
        Assert.Equal("1", (string?)(await _server.GetAsync($"{Maps}/m")).Body["data"]!["a"]);
        Assert.Equal(404, (await _server.GetAsync($"{Maps}/n")).Code);
        Assert.Equal(200, await WriteAsync(HttpMethod.Patch, $"{Maps}/m", """{"data":{"a":"3"}}""", "kube-system/leader 1 b_1"));
        // Reading goes on: it harms nobody.
        Assert.Equal(200, await WriteAsync(HttpMethod.Get, $"{Maps}/m", null, First));
    }

    [Theory]
    [InlineData("POST", Maps, """{"metadata":{"name":"n"}}""")]
    [InlineData("PATCH", $"{Maps}/m", """{"data":{"a":"2"}}""")]
    [InlineData("PUT", $"{Maps}/m", """{"metadata":{"name":"m"},"data":{"a":"2"}}""")]
    [InlineData("DELETE", $"{Maps}/m", null)]
    [InlineData("POST", "/api/v1/nodes", """{"metadata":{"name":"n"}}""")]
    public async Task A_write_on_its_way_to_the_store_is_not_made_when_the_term_ends_at_that_moment(string method, string path, string? body)
    {
        Assert.Equal(201, await WriteAsync(HttpMethod.Post, Maps, """{"metadata":{"name":"m"}}""", First));
        long taken = 0;
        Interrupt(async () =>
        {
            await TakeOverAsync("b_1", 1);
            taken = await RevisionAsync();
        });
        Assert.Equal(403, await WriteAsync(new HttpMethod(method), path, body, First));
        Assert.True(taken > 0, "the term did not end meanwhile");
        Assert.Equal(taken, await RevisionAsync());
    }

    [Fact]
    public async Task Charges_of_quotas_are_held_to_the_term_as_well()
    {
        Assert.Equal(201, (await _server.PostAsync("/api/v1/namespaces/default/resourcequotas", """{"metadata":{"name":"q"},"spec":{"hard":{"configmaps":"10"}}}""")).Code);
        Assert.Equal(201, await WriteAsync(HttpMethod.Post, Maps, """{"metadata":{"name":"m"}}""", First));
        Interrupt(() => TakeOverAsync("b_1", 1));
        Assert.Equal(403, await WriteAsync(HttpMethod.Post, Maps, """{"metadata":{"name":"n"}}""", First));
        Assert.Equal("1", (string?)(await _server.GetAsync("/api/v1/namespaces/default/resourcequotas/q")).Body["status"]!["used"]!["configmaps"]);
        Assert.Equal(201, await WriteAsync(HttpMethod.Post, Maps, """{"metadata":{"name":"n"}}""", "kube-system/leader 1 b_1"));
    }

    [Fact]
    public async Task A_lease_that_is_given_back_deleted_or_made_anew_ends_the_term()
    {
        Assert.Equal(200, (await _server.PatchAsync($"{Leases}/leader", """{"spec":{"holderIdentity":""}}""")).Code);
        Assert.Equal(403, await WriteAsync(HttpMethod.Post, Maps, """{"metadata":{"name":"n"}}""", First));
        await TakeOverAsync("b_1", 1);
        Assert.Equal(200, (await _server.DeleteAsync($"{Leases}/leader")).Code);
        Assert.Equal(403, await WriteAsync(HttpMethod.Post, Maps, """{"metadata":{"name":"n"}}""", "kube-system/leader 1 b_1"));
        Assert.Equal(201, (await _server.PostAsync(Leases, Lease("c_1", 0))).Code);
        Assert.Equal(403, await WriteAsync(HttpMethod.Post, Maps, """{"metadata":{"name":"n"}}""", "kube-system/leader 1 b_1"));
        Assert.Equal(201, await WriteAsync(HttpMethod.Post, Maps, """{"metadata":{"name":"n"}}""", "kube-system/leader 0 c_1"));
    }

    [Fact]
    public async Task Nobody_but_controllers_asks_by_a_token_who_leads_and_one_that_says_nothing_is_refused()
    {
        _controller = _server.ClientOf("alice");
        Assert.Equal(400, await WriteAsync(HttpMethod.Post, Maps, """{"metadata":{"name":"n"}}""", First));
        _controller = _server.ClientOf("system:controller:machine");
        foreach (var nonsense in new[] { "leader", "kube-system/leader x a_1", "kube-system/leader 0", "kube-system/leader 0 a_1 more", "a/b/c 0 a_1" })
        {
            Assert.Equal(400, await WriteAsync(HttpMethod.Post, Maps, """{"metadata":{"name":"n"}}""", nonsense));
        }

        Assert.Equal(403, await WriteAsync(HttpMethod.Post, Maps, """{"metadata":{"name":"n"}}""", "kube-system/nobody 0 a_1"));
        Assert.True(FencingToken.TryParse(First, out var token));
        Assert.Equal(First, token.ToString());
    }

    private static string Lease(string holder, int transitions) => $$$"""{"metadata":{"name":"leader"},"spec":{"holderIdentity":"{{{holder}}}","leaseTransitions":{{{transitions}}},"leaseDurationSeconds":15}}""";

    // Once the next commit is on its way to the store: what its writer knew is then old.
    private void Interrupt(Func<Task> before) => _store.Before = async _ =>
    {
        _store.Before = null;
        await before();
    };

    private async Task TakeOverAsync(string holder, int transitions) =>
        Assert.Equal(200, (await _server.PatchAsync($"{Leases}/leader", $$$"""{"spec":{"holderIdentity":"{{{holder}}}","leaseTransitions":{{{transitions}}}}}""")).Code);

    private async Task<long> RevisionAsync() => (await _store.CurrentAsync(CancellationToken.None)).Revision;

    private async Task<long> TermAsync() => (await _store.ListAsync(StoreRange.Prefix("/fences/"), 10, 0, CancellationToken.None)).Entries.Single().ModRevision;

    private async Task<int> WriteAsync(HttpMethod method, string path, string? body, string token)
    {
        using var request = new HttpRequestMessage(method, path) { Version = System.Net.HttpVersion.Version20, VersionPolicy = HttpVersionPolicy.RequestVersionExact };
        request.Headers.TryAddWithoutValidation(FencingToken.Header, token);
        if (body is not null) request.Content = new StringContent(body, System.Text.Encoding.UTF8, method == HttpMethod.Patch ? "application/merge-patch+json" : "application/json");
        using var response = await _controller.SendAsync(request);
        var answer = JsonNode.Parse(await response.Content.ReadAsStringAsync());
        return (int?)answer!["code"] ?? (int)response.StatusCode;
    }
}
