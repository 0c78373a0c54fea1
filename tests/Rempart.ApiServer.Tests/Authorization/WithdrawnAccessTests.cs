using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging.Abstractions;
using Rempart.ApiServer.Authorization;
using Rempart.ApiServer.Tests.Http;
using Rempart.ApiServer.Tests.Watch;
using Rempart.Testing.Time;
using static Rempart.ApiServer.Tests.Authorization.SecureServer;

namespace Rempart.ApiServer.Tests.Authorization;

/// <summary>Watches that are open when their right ends.</summary>
public sealed class WithdrawnAccessTests
{
    private const string Maps = "/api/v1/namespaces/default/configmaps";
    private const string Bindings = "/apis/rbac.authorization.k8s.io/v1/namespaces/default/rolebindings";

    [Fact]
    public async Task A_watch_ends_when_its_role_binding_goes_and_others_go_on()
    {
        // The clock stands still: nothing but the change itself can have the watch looked at.
        var time = new ManualTime(TimeProvider.System.GetUtcNow());
        await using var server = await TestServer.StartAsync(change: options => options with
        {
            Authorizer = reader => new RequestAuthorizer(reader, NullLogger<RequestAuthorizer>.Instance, TimeProvider.System), Prepare = ShippedRolesReconciler.ReconcileAsync, Time = time,
        });
        var admin = server.ClientOf("root, O=rempart:administrators");
        foreach (var user in new[] { "bob", "carol" }) await DoAsync(admin, HttpMethod.Post, Bindings, Binding(user));
        await using var ends = await WatchStream.OpenAsync(server.ClientOf("bob"), Maps + "?watch=1&timeoutSeconds=600");
        await using var stays = await WatchStream.OpenAsync(server.ClientOf("carol"), Maps + "?watch=1&timeoutSeconds=600");
        await DoAsync(admin, HttpMethod.Post, Maps, """{"metadata":{"name":"before"}}""");
        Assert.Equal("ADDED before", await ends.NextAsync());

        await DoAsync(admin, HttpMethod.Delete, Bindings + "/bob");
        time.Advance(TimeSpan.FromSeconds(2));
        var last = JsonNode.Parse(await ends.LineAsync() ?? "{}")!;
        Assert.Equal("ERROR", last["type"]?.GetValue<string>());
        Assert.Equal((403, "Forbidden", "Status"), (last["object"]!["code"]!.GetValue<int>(), last["object"]!["reason"]!.GetValue<string>(), last["object"]!["kind"]!.GetValue<string>()));
        Assert.Null(await ends.LineAsync());
        Assert.Contains(server.Audit.Records, record => record is { User: "bob", Verb: "watch", Decision: "deny", Status: 403 });

        await DoAsync(admin, HttpMethod.Post, Maps, """{"metadata":{"name":"after"}}""");
        Assert.Equal("ADDED before", await stays.NextAsync());
        Assert.Equal("ADDED after", await stays.NextAsync());
    }

    [Fact]
    public async Task A_nodes_watch_ends_when_the_node_is_deleted()
    {
        await using var server = await StartAsync();
        var node = server.ClientOf("system:node:host1", "system:nodes");
        await DoAsync(node, HttpMethod.Post, "/api/v1/nodes", """{"metadata":{"name":"host1"}}""");
        await using var watch = await WatchStream.OpenAsync(node, "/apis/compute.rempart.dev/v1/virtualmachines?watch=1&timeoutSeconds=600&fieldSelector=status.nodeName%3Dhost1");

        await DoAsync(server.Admin, HttpMethod.Delete, "/api/v1/nodes/host1");
        var last = JsonNode.Parse(await watch.LineAsync() ?? "{}")!;
        Assert.Equal("ERROR", last["type"]?.GetValue<string>());
        Assert.Equal(401, last["object"]!["code"]!.GetValue<int>());
    }

    private static string Binding(string user) => $$"""
        {"metadata":{"name":"{{user}}"},"roleRef":{"apiGroup":"rbac.authorization.k8s.io","kind":"ClusterRole","name":"view"},
         "subjects":[{"apiGroup":"rbac.authorization.k8s.io","kind":"User","name":"{{user}}"}]}
        """;
}
