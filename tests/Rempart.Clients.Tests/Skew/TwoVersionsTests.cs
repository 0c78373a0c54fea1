using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using Rempart.Api.Client;
using Rempart.Api.Compute;
using Rempart.Api.Coordination;
using Rempart.Api.Core;
using Rempart.Clients.Tests.Servers;
using Rempart.Testing.Etcd;

namespace Rempart.Clients.Tests.Skew;

/// <summary>A rolling upgrade of two servers over one etcd, as programs: this version and the next one, side by side, forth and back.</summary>
[Trait("level", "real")]
public sealed class TwoVersionsTests
{
    private const string Class = "/apis/compute.rempart.dev/v1/machineclasses/c1";
    private const string Widgets = "/apis/compute.rempart.dev/v1/namespaces/shop/widgets";

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Nothing_that_the_newer_one_stored_is_lost_whoever_serves_and_whoever_leads()
    {
        var next = await NextVersion.BuildAsync(Stop);
        await using var etcd = await EtcdCluster.StartAsync(1, Stop);
        string[] store = ["--store", "etcd", .. etcd.Arguments("skew")];
        await using var old = await RealServer.StartAsync(Stop, [.. store, "--audit-chain", "old"]);
        await using var upgraded = await old.StartTwinAsync(Stop, [.. store, "--audit-chain", "upgraded"]);

        // Given one of two servers that is upgraded.
        await upgraded.StopAsync();
        upgraded.Program = next;
        await upgraded.StartAgainAsync(Stop);
        var (atOld, atNew) = (old.Client(), upgraded.Client());
        Assert.EndsWith($"rempart.{NextVersion.Version}", (string?)(await GetAsync(atNew, "/version"))["gitVersion"], StringComparison.Ordinal);
        await UntilAsync("both say what they run", async () => (await ServersAsync(old)).SequenceEqual([$"old {Api.Versions.ProgramVersion.Own}", $"upgraded {NextVersion.Version}"]));

        // And what only the next version knows.
        using var api = old.Api();
        await api.CreateAsync(new Namespace { Metadata = new() { Name = "shop" } }, Stop);
        await SendAsync(atNew, HttpMethod.Post, "/apis/compute.rempart.dev/v1/machineclasses", """{"apiVersion":"compute.rempart.dev/v1","kind":"MachineClass","metadata":{"name":"c1"},"spec":{"cpus":1,"memory":"64Mi","watchdog":"Reset"}}""", 201);
        await SendAsync(atNew, HttpMethod.Post, Widgets, """{"apiVersion":"compute.rempart.dev/v1","kind":"Widget","metadata":{"name":"w"},"size":"large"}""", 201);

        await WrittenThroughTheOlderAsync(old, atOld, atNew, api);
        await RefusedAsync(atOld, atNew);
        await TheOlderLeadsAsync(old, upgraded, api, next);
        await TooFarAsync(old, upgraded);
    }

    // When the older one writes the object in every way, both show all of it, and so does a watch of each.
    private static async Task WrittenThroughTheOlderAsync(RealServer old, HttpClient atOld, HttpClient atNew, ApiClient api)
    {
        var version = (string?)(await GetAsync(atOld, Class))["metadata"]!["resourceVersion"];
        var known = await api.GetAsync<MachineClass>(null, "c1", Stop);
        await api.UpdateAsync(known with { Spec = known.Spec with { Cpus = 2 } }, Stop);
        await SendAsync(atOld, HttpMethod.Patch, Class, """{"metadata":{"labels":{"by":"merge"}}}""", 200, "application/merge-patch+json");
        await SendAsync(atOld, HttpMethod.Patch, Class, """[{"op":"replace","path":"/spec/memory","value":"128Mi"}]""", 200, "application/json-patch+json");
        await SendAsync(atOld, HttpMethod.Patch, Class + "?fieldManager=flux", """{"apiVersion":"compute.rempart.dev/v1","kind":"MachineClass","metadata":{"name":"c1","annotations":{"by":"apply"}}}""", 200, "application/apply-patch+yaml");
        foreach (var client in new[] { atOld, atNew })
        {
            var seen = await GetAsync(client, Class);
            Assert.Equal(("Reset", 2, "128Mi", "merge", "apply"), ((string?)seen["spec"]!["watchdog"], (int?)seen["spec"]!["cpus"], (string?)seen["spec"]!["memory"], (string?)seen["metadata"]!["labels"]!["by"], (string?)seen["metadata"]!["annotations"]!["by"]));
            Assert.Equal("Reset", (string?)(await GetAsync(client, "/apis/compute.rempart.dev/v1/machineclasses"))["items"]!.AsArray().Single(item => (string?)item!["metadata"]!["name"] == "c1")!["spec"]!["watchdog"]);
            using var watched = new StreamReader(await client.GetStreamAsync($"/apis/compute.rempart.dev/v1/machineclasses?watch=true&resourceVersion={version}", Stop));
            for (var i = 0; i < 4; i++) Assert.Equal("Reset", (string?)JsonNode.Parse((await watched.ReadLineAsync(Stop))!)!["object"]!["spec"]!["watchdog"]);
        }

        Assert.True(old.Runs);
    }

    // What the older one can't do it says, and agents that are newer than a server too.
    private static async Task RefusedAsync(HttpClient atOld, HttpClient atNew)
    {
        var refused = await SendAsync(atOld, HttpMethod.Patch, Class, """{"spec":{"watchdog":"Off"}}""", 400, "application/merge-patch+json");
        Assert.Contains("unknown field \"spec.watchdog\"", (string?)refused["message"], StringComparison.Ordinal);
        await SendAsync(atNew, HttpMethod.Patch, Class, """{"spec":{"watchdog":"Off"}}""", 200, "application/merge-patch+json");
        Assert.Equal("Off", (string?)(await GetAsync(atOld, Class))["spec"]!["watchdog"]);
        await SendAsync(atOld, HttpMethod.Get, Widgets, null, 404);
        Assert.Equal("VersionSkew", (string?)(await SendAsync(atOld, HttpMethod.Get, "/api/v1/nodes", null, 403, agent: NextVersion.Version))["details"]!["causes"]![0]!["reason"]);
        await SendAsync(atNew, HttpMethod.Get, "/api/v1/nodes", null, 200, agent: Api.Versions.ProgramVersion.Own.ToString());
    }

    // The controllers change hands both ways; the older one can't end a project that holds what it does not know, and the newer one does.
    private static async Task TheOlderLeadsAsync(RealServer old, RealServer upgraded, ApiClient api, string next)
    {
        await upgraded.StopAsync();
        // Nobody else is there, and what was stopped has given the lease back.
        await UntilAsync("the older one leads", async () => await api.FindAsync<Lease>("kube-system", "rempart-controllers", Stop) is { Spec.HolderIdentity.Length: > 0 });
        await api.DeleteAsync<Namespace>(null, "shop", null, Stop);
        await UntilAsync("the project says what holds it", async () =>
            (await api.FindAsync<Namespace>(null, "shop", Stop))?.Status?.Conditions?.Any(condition => condition.Message?.Contains("`widgets.compute.rempart.dev`", StringComparison.Ordinal) == true) == true);
        upgraded.Program = next;
        await upgraded.StartAgainAsync(Stop);
        Assert.Equal("large", (string?)(await GetAsync(upgraded.Client(), Widgets + "/w"))["size"]);
        await old.StopAsync();
        using var atNew = upgraded.Api();
        await UntilAsync("the project has gone with it", async () => await atNew.FindAsync<Namespace>(null, "shop", Stop) is null);
        await SendAsync(upgraded.Client(), HttpMethod.Get, Widgets + "/w", null, 404);
        await old.StartAgainAsync(Stop);
        Assert.Equal("Off", (string?)(await GetAsync(old.Client(), Class))["spec"]!["watchdog"]);
    }

    // One that is two versions apart does not start beside the others; gone for good, it is out of the way.
    private static async Task TooFarAsync(RealServer old, RealServer upgraded)
    {
        await old.StopAsync();
        using var api = upgraded.Api();
        var lease = (await api.ListAllAsync<Lease>(new ListQuery { Namespace = "kube-system", LabelSelector = "rempart.dev/server" }, Stop)).Items.Single();
        await api.PatchAsync<Lease>("kube-system", lease.Metadata.Name!, ApiPatch.Merge(new JsonObject { ["metadata"] = new JsonObject { ["labels"] = new JsonObject { ["rempart.dev/server"] = "0.9.0" } } }), null, Stop);
        await Assert.ThrowsAnyAsync<Xunit.Sdk.XunitException>(() => old.StartAgainAsync(Stop));
        Assert.Contains($"this server is version `{Api.Versions.ProgramVersion.Own}` and `upgraded`, which serves the same store, `0.9.0`", old.Log, StringComparison.Ordinal);
        await api.DeleteAsync<Lease>("kube-system", lease.Metadata.Name!, null, Stop);
        await old.StartAgainAsync(Stop);
    }

    private static async Task<IEnumerable<string>> ServersAsync(RealServer server)
    {
        using var api = server.Api();
        return (await api.ListAllAsync<Lease>(new ListQuery { Namespace = "kube-system", LabelSelector = "rempart.dev/server" }, Stop)).Items
            .Select(lease => $"{lease.Spec!.HolderIdentity} {lease.Metadata.Labels!["rempart.dev/server"]}").Order(StringComparer.Ordinal);
    }

    private static Task<JsonObject> GetAsync(HttpClient client, string path) => SendAsync(client, HttpMethod.Get, path, null, 200);

    private static async Task<JsonObject> SendAsync(HttpClient client, HttpMethod method, string path, string? body, int code, string type = "application/json", string? agent = null)
    {
        using var request = new HttpRequestMessage(method, path) { Version = client.DefaultRequestVersion, VersionPolicy = client.DefaultVersionPolicy };
        if (body is not null) request.Content = new StringContent(body, Encoding.UTF8, new MediaTypeHeaderValue(type));
        if (agent is not null) request.Headers.UserAgent.ParseAdd($"rempart-node/{agent}");
        using var answer = await client.SendAsync(request, Stop);
        var text = await answer.Content.ReadAsStringAsync(Stop);
        Assert.True((int)answer.StatusCode == code, $"{method} {path}: {(int)answer.StatusCode} {text}");
        return (JsonObject)JsonNode.Parse(text)!;
    }

    private static async Task UntilAsync(string what, Func<Task<bool>> condition)
    {
        for (var i = 0; i < 600; i++)
        {
            if (await condition()) return;
            await Task.Delay(100, Stop);
        }

        Assert.Fail($"not within a minute: {what}");
    }
}
