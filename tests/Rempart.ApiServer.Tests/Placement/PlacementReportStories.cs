using System.Text.Json.Nodes;
using Rempart.ApiServer.Authorization;
using Rempart.ApiServer.Tests.Http;
using Rempart.Policy.Authorization;
using static Rempart.ApiServer.Tests.Placement.PlacementWorld;

namespace Rempart.ApiServer.Tests.Placement;

public sealed class PlacementReportStories
{
    [Fact]
    public async Task Who_may_list_nodes_is_told_about_each_host_and_others_only_how_many()
    {
        await using var server = await TestServer.StartAsync(change: options => options with { Authorizer = _ => new NoNodesForBob() });
        await HostAsync(server, "h1", "8Gi");
        await HostAsync(server, "h2", "300Mi");
        await HostAsync(server, "h3", "8Gi");
        Assert.Equal(200, (await server.PatchAsync(Nodes + "/h3", """{"spec":{"unschedulable":true}}""")).Code);
        await server.Host.Writer.CreateAsync(new Api.Storage.Image
        {
            ApiVersion = "storage.rempart.dev/v1", Kind = "Image", Metadata = new() { Name = "i" }, Spec = new() { Type = "Disk", Format = "raw", Digest = "sha256:" + new string('0', 64) }, Status = new() { Phase = "Ready", Nodes = ["h1", "h2", "h3"] },
        }, TestContext.Current.CancellationToken);
        await MachineAsync(server, "web");
        var (code, report) = await server.GetAsync(Machines + "/web/placement");
        Assert.Equal(200, code);
        Same("""
            {"apiVersion":"compute.rempart.dev/v1","kind":"PlacementReport","metadata":{"name":"web","namespace":"default"},
             "choice":"h1","message":"1/3 hosts fit: 1 is cordoned, 1 lacks memory (need 416Mi, 300Mi free)","hosts":3,"fitting":1,
             "refusals":[{"filter":"Cordon","hosts":1,"message":"1 is cordoned"},{"filter":"Memory","hosts":1,"message":"1 lacks memory (need 416Mi, 300Mi free)"}],
             "verdicts":[{"node":"h1","score":1374,"scores":[{"name":"Room","points":912},{"name":"Balance","points":462}]},
              {"node":"h2","filter":"Memory","message":"lacks memory (need 416Mi, 300Mi free)"},{"node":"h3","filter":"Cordon","message":"is cordoned"}]}
            """, report);
        using var bob = server.ClientOf("bob");
        var (_, counted) = await server.SendAsync(HttpMethod.Get, Machines + "/web/placement", null, client: bob);
        Same("""
            {"apiVersion":"compute.rempart.dev/v1","kind":"PlacementReport","metadata":{"name":"web","namespace":"default"},
             "message":"1/3 hosts fit: 1 is cordoned, 1 lacks memory (need 416Mi, 300Mi free)","hosts":3,"fitting":1,
             "refusals":[{"filter":"Cordon","hosts":1,"message":"1 is cordoned"},{"filter":"Memory","hosts":1,"message":"1 lacks memory (need 416Mi, 300Mi free)"}]}
            """, counted);
        Assert.Equal(404, (await server.GetAsync(Machines + "/other/placement")).Code);
        Assert.Equal(405, (await server.PostAsync(Machines + "/web/placement", "{}")).Code);
    }

    private static void Same(string expected, JsonObject actual)
    {
        actual["metadata"]!.AsObject().Remove("uid");
        Assert.Equal(JsonNode.Parse(expected)!.ToJsonString(), actual.ToJsonString());
    }

    private sealed class NoNodesForBob : IAuthorizer
    {
        public ValueTask<AccessDecision> AuthorizeAsync(AccessRequest request, CancellationToken cancellationToken) =>
            ValueTask.FromResult(new AccessDecision(request.Caller.Name != "bob" || request.Resource != "nodes", ""));
    }
}
