using Rempart.Api.Core;
using Rempart.Api.Meta;
using Rempart.ApiServer.Tests.Http;

namespace Rempart.ApiServer.Tests.Skew;

/// <summary>Objects of a kind that only a newer server knows, in the store of this one.</summary>
public sealed class NewerKindStories : IAsyncLifetime
{
    private const string Widget = "/registry/compute.rempart.dev/widgets/shop/w";
    private TestServer _server = null!;

    public async ValueTask InitializeAsync()
    {
        _server = await TestServer.StartAsync();
        await _server.PostAsync("/api/v1/namespaces", """{"metadata":{"name":"shop"}}""");
        await NewerServer.PutsAsync(_server.Store, Widget, """{"apiVersion":"compute.rempart.dev/v1","kind":"Widget","metadata":{"name":"w","namespace":"shop"}}""");
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task A_namespace_that_holds_some_stays_until_they_are_gone_and_says_why()
    {
        await _server.DeleteAsync("/api/v1/namespaces/shop");
        var (code, refused) = await FinalizeAsync("shop");
        Assert.Equal(409, code);
        Assert.Contains("holds objects of kinds that this server does not know (`widgets.compute.rempart.dev`)", (string?)refused["message"], StringComparison.Ordinal);
        Assert.Equal("NewerKinds", (string?)refused["details"]!["causes"]![0]!["reason"]);
        await NewerServer.PutsAsync(_server.Store, Widget, null);
        Assert.Equal(200, (await FinalizeAsync("shop")).Code);
        Assert.Equal(404, (await _server.GetAsync("/api/v1/namespaces/shop")).Code);
    }

    [Fact]
    public async Task One_of_another_namespace_holds_up_none()
    {
        await _server.PostAsync("/api/v1/namespaces", """{"metadata":{"name":"sho"}}""");
        await _server.DeleteAsync("/api/v1/namespaces/sho");
        Assert.Equal(200, (await FinalizeAsync("sho")).Code);
    }

    [Fact]
    public async Task They_are_seen_at_the_start_too()
    {
        await using var next = await TestServer.StartAsync(new Quotas.SharedStore(_server.Store));
        await next.DeleteAsync("/api/v1/namespaces/shop");
        Assert.Equal(409, (await next.PutAsync("/api/v1/namespaces/shop/finalize", """{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"shop"},"spec":{"finalizers":[]}}""")).Code);
    }

    [Theory]
    [InlineData("Orphan", "orphan")]
    [InlineData("Foreground", "foregroundDeletion")]
    public async Task The_collector_can_not_say_that_nothing_depends_on_an_object_and_people_can(string policy, string finalizer)
    {
        const string Path = "/api/v1/namespaces/default/configmaps/owner";
        await _server.PostAsync("/api/v1/namespaces/default/configmaps", """{"metadata":{"name":"owner","finalizers":["example.com/other"]}}""");
        await _server.DeleteAsync(Path, $$"""{"propagationPolicy":"{{policy}}"}""");
        var collector = _server.ClientOf("system:controller:garbage-collector");
        var release = """{"metadata":{"finalizers":["example.com/other"]}}""";
        var (code, refused) = await _server.SendAsync(HttpMethod.Patch, Path, release, "application/merge-patch+json", collector);
        Assert.Equal(409, code);
        Assert.Contains("whether it owns objects of kinds that this server does not know", (string?)refused["message"], StringComparison.Ordinal);
        Assert.Contains(finalizer, (await _server.GetAsync(Path)).Body["metadata"]!["finalizers"]!.ToJsonString(), StringComparison.Ordinal);
        Assert.Equal(200, (await _server.PatchAsync(Path, release)).Code);
    }

    [Fact]
    public async Task What_a_newer_server_has_counted_of_them_stays_in_a_quota()
    {
        const string Path = "/api/v1/namespaces/shop/resourcequotas/q";
        const string Widgets = "count/widgets.compute.rempart.dev";
        await _server.PostAsync("/api/v1/namespaces/shop/resourcequotas", $$$"""{"metadata":{"name":"q"},"spec":{"hard":{"{{{Widgets}}}":"3","configmaps":"2"} } }""");
        // This one counts what it knows and leaves the rest open, so that whoever knows it counts.
        await _server.Host.RecountAsync("shop");
        Assert.Equal(("0", null), await UsedAsync());

        var quota = (await _server.Host.Objects.GetAsync<ResourceQuota>("shop", "q", TestContext.Current.CancellationToken))!;
        await _server.Host.Writer.UpdateAsync(quota with { Status = quota.Status! with { Used = new Dictionary<string, Quantity>(quota.Status.Used!) { [Widgets] = Quantity.Parse("1") } } }, TestContext.Current.CancellationToken);
        Assert.Equal(201, (await _server.PostAsync("/api/v1/namespaces/shop/configmaps", """{"metadata":{"name":"c"}}""")).Code);
        Assert.Equal(("1", "1"), await UsedAsync());
        Assert.Empty(await _server.Host.RecountAsync("shop"));
        Assert.Equal(("1", "1"), await UsedAsync());

        // A limit that is changed here says nothing of what there is.
        Assert.Equal(200, (await _server.PatchAsync(Path, $$$"""{"spec":{"hard":{"{{{Widgets}}}":"5","configmaps":"1"} } }""")).Code);
        await _server.Host.RecountAsync("shop");
        Assert.Equal(("1", "1"), await UsedAsync());
        Assert.Equal("5", (string?)(await _server.GetAsync(Path)).Body["status"]!["hard"]![Widgets]);
        Assert.Equal(403, (await _server.PostAsync("/api/v1/namespaces/shop/configmaps", """{"metadata":{"name":"d"}}""")).Code);

        // And what it does not count keeps it from no rest.
        var version = (string?)(await _server.GetAsync(Path)).Body["metadata"]!["resourceVersion"];
        Assert.Empty(await _server.Host.RecountAsync("shop"));
        Assert.Equal(version, (string?)(await _server.GetAsync(Path)).Body["metadata"]!["resourceVersion"]);

        async Task<(string? Maps, string? Widgets)> UsedAsync()
        {
            var used = (await _server.GetAsync(Path)).Body["status"]!["used"]!;
            return ((string?)used["configmaps"], (string?)used[Widgets]);
        }
    }

    private Task<(int Code, System.Text.Json.Nodes.JsonObject Body)> FinalizeAsync(string ns) =>
        _server.PutAsync($"/api/v1/namespaces/{ns}/finalize", $$$"""{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"{{{ns}}}"},"spec":{"finalizers":[]}}""");
}
