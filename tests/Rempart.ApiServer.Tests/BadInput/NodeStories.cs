using Rempart.Api.Compute;
using Rempart.Api.Core;
using Rempart.Api.Meta;
using Rempart.Api.Storage;
using Rempart.ApiServer.Tests.Authorization;
using static Rempart.ApiServer.Tests.Authorization.SecureServer;

namespace Rempart.ApiServer.Tests.BadInput;

/// <summary>Machine `default/mine` runs on `host1`, `default/theirs` on `host2`. The certificate of `host1` asks for more than its own.</summary>
public sealed class NodeStories : IAsyncLifetime
{
    private const string Machines = "/apis/compute.rempart.dev/v1/namespaces/default/virtualmachines";
    private const string Volumes = "/apis/storage.rempart.dev/v1/namespaces/default/volumes";

    private SecureServer server = null!;

    private HttpClient Host1 => server.ClientOf("system:node:host1", "system:nodes");

    public async ValueTask InitializeAsync()
    {
        server = await SecureServer.StartAsync();
        foreach (var (machine, node) in new[] { ("mine", "host1"), ("theirs", "host2") })
        {
            var writer = server.Host.Writer;
            var host = await writer.CreateAsync(new Node { Metadata = new() { Name = node } }, default);
            await writer.UpdateAsync(host with { Status = new() { Allocatable = new Dictionary<string, Quantity>(StringComparer.Ordinal) { ["cpu"] = Quantity.Parse("8"), ["memory"] = Quantity.Parse("8Gi") } } }, default);
            var volume = await writer.CreateAsync(new Volume { Metadata = new() { Name = machine + "-root", Namespace = "default" }, Spec = new() { Size = Quantity.Parse("1Gi") } }, default);
            var made = await writer.CreateAsync(new VirtualMachine { Metadata = new() { Name = machine, Namespace = "default" }, Spec = new() { Template = "t", Class = "c" } }, default);
            await writer.UpdateAsync(made with
            {
                Status = new() { NodeName = node, Phase = MachinePhase.Running, Volumes = [new() { Name = "root", ObjectName = volume.Metadata.Name! }] },
            }, default);
        }

        await server.Host.Writer.CreateAsync(new Secret { Metadata = new() { Name = "loot", Namespace = "default" } }, default);
    }

    [Fact]
    public async Task It_sees_and_tells_what_is_its_own()
    {
        Assert.Equal("host1", (await DoAsync(Host1, HttpMethod.Get, Machines + "/mine"))["status"]!["nodeName"]!.GetValue<string>());
        await DoAsync(Host1, HttpMethod.Get, Volumes + "/mine-root");
        await DoAsync(Host1, HttpMethod.Patch, Machines + "/mine/status", """{"status":{"phase":"Stopped"}}""");
        Assert.Single((await DoAsync(Host1, HttpMethod.Get, "/apis/compute.rempart.dev/v1/virtualmachines?fieldSelector=status.nodeName%3Dhost1"))["items"]!.AsArray());
    }

    [Theory]
    [InlineData("GET " + Machines + "/theirs", "", "virtualmachines")]
    [InlineData("GET " + Machines, "", "virtualmachines")]
    [InlineData("GET /apis/compute.rempart.dev/v1/virtualmachines?fieldSelector=status.nodeName%3Dhost2", "", "virtualmachines")]
    [InlineData("GET /apis/compute.rempart.dev/v1/virtualmachines?watch=1&fieldSelector=status.nodeName%3Dhost2", "", "virtualmachines")]
    [InlineData("PATCH " + Machines + "/theirs/status", """{"status":{"phase":"Stopped"}}""", "virtualmachines")]
    [InlineData("PATCH " + Machines + "/mine", """{"spec":{"powerState":"Stopped"}}""", "virtualmachines")]
    [InlineData("DELETE " + Machines + "/mine", "", "virtualmachines")]
    [InlineData("POST " + Machines + "/theirs/binding", """{"nodeName":"host1"}""", "virtualmachines")]
    [InlineData("GET " + Machines + "/theirs/console", "", "virtualmachines")]
    [InlineData("GET " + Machines + "/mine/console", "", "virtualmachines")]
    [InlineData("GET " + Volumes + "/theirs-root", "", "volumes")]
    [InlineData("PATCH " + Volumes + "/theirs-root/status", """{"status":{"nodeName":"host1"}}""", "volumes")]
    [InlineData("GET /api/v1/nodes/host2", "", "nodes")]
    [InlineData("PATCH /api/v1/nodes/host2/status", """{"status":{}}""", "nodes")]
    [InlineData("POST /api/v1/nodes/host2/tunnel", "", "nodes")]
    [InlineData("GET /api/v1/namespaces/default/secrets/loot", "", "secrets")]
    [InlineData("GET /api/v1/secrets", "", "secrets")]
    public async Task Another_nodes_objects(string call, string body, string resource)
    {
        var message = await server.ExpectAsync(Host1, call, body.Length == 0 ? null : body, 403, "Forbidden");
        Assert.StartsWith(resource, message, StringComparison.Ordinal);
        Assert.Contains("node `host1`", message, StringComparison.Ordinal);
        Assert.Contains(server.Audit.Records, record => record is { User: "system:node:host1", Decision: "deny", Status: 403 } && record.Resource == resource);
    }

    [Fact]
    public async Task A_claim_to_another_volume_by_the_status_of_its_own_machine()
    {
        var message = await server.ExpectAsync(Host1, $"PATCH {Machines}/mine/status", """{"status":{"volumes":[{"name":"loot","objectName":"theirs-root"}]}}""", 403, "Forbidden");
        Assert.Contains("`status.volumes`", message, StringComparison.Ordinal);
        await server.ExpectAsync(Host1, $"GET {Volumes}/theirs-root", null, 403, "Forbidden");
    }

    [Fact]
    public async Task A_place_that_it_writes_into_the_status_of_its_own_machine_does_not_count()
    {
        await DoAsync(Host1, HttpMethod.Patch, Machines + "/mine/status", """{"status":{"nodeName":"host2","runGeneration":9}}""");
        var status = (await DoAsync(server.Admin, HttpMethod.Get, Machines + "/mine"))["status"]!;
        Assert.Equal("host1", status["nodeName"]!.GetValue<string>());
        Assert.Null(status["runGeneration"]);
    }

    public async ValueTask DisposeAsync() => await server.DisposeAsync();
}
