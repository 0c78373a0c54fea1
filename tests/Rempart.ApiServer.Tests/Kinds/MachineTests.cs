using System.Text.Json.Nodes;
using Rempart.ApiServer.Tests.Http;
using Rempart.ApiServer.Tests.Placement;

namespace Rempart.ApiServer.Tests.Kinds;

public sealed class MachineTests
{
    private const string Zeros = "sha256:0000000000000000000000000000000000000000000000000000000000000000";
    private const string Compute = "/apis/compute.rempart.dev/v1";
    private const string Machines = Compute + "/namespaces/default/virtualmachines";
    private const string Machine = """{"metadata":{"name":"m"},"spec":{"template":"t","class":"small"}}""";

    [Fact]
    public async Task A_machine_is_made_from_an_approved_template_and_an_allowed_class_only()
    {
        await using var server = await TestServer.StartAsync();
        await PrepareAsync(server, approve: false);
        var (code, refused) = await server.PostAsync(Machines, Machine);
        Assert.Equal(422, code);
        Assert.Contains("spec.template: machine template `t` is not approved", refused["message"]!.GetValue<string>(), StringComparison.Ordinal);

        await ApproveAsync(server);
        var (wrongClass, why) = await server.PostAsync(Machines, Machine.Replace("small", "huge", StringComparison.Ordinal));
        Assert.Equal(422, wrongClass);
        Assert.Equal("spec.class", why["details"]!["causes"]![0]!["field"]!.GetValue<string>());

        var (made, machine) = await server.PostAsync(Machines, Machine);
        Assert.Equal(201, made);
        Assert.Equal("256Mi", machine["status"]!["resources"]!["memory"]!.GetValue<string>());
        Assert.Equal(Zeros, machine["status"]!["template"]!["rootDisk"]!["digest"]!.GetValue<string>());
        Assert.Equal(422, (await server.PatchAsync(Machines + "/m", """{"spec":{"template":"other"}}""")).Code);
    }

    [Fact]
    public async Task A_machine_is_bound_once()
    {
        await using var server = await TestServer.StartAsync();
        await PrepareAsync(server, approve: true);
        await server.PostAsync(Machines, Machine);
        Assert.Equal(404, (await server.PostAsync(Machines + "/m/binding", """{"nodeName":"nowhere"}""")).Code);
        foreach (var node in (string[])["host1", "host2"]) await PlacementWorld.HostAsync(server, node);
        Assert.Equal(201, (await server.PostAsync(Machines + "/m/binding", """{"nodeName":"host1"}""")).Code);
        var (code, status) = await server.PostAsync(Machines + "/m/binding", """{"nodeName":"host2"}""");
        Assert.Equal(409, code);
        Assert.Contains("already assigned to node \"host1\"", status["message"]!.GetValue<string>(), StringComparison.Ordinal);
        var machine = (await server.GetAsync(Machines + "/m")).Body;
        Assert.Equal("host1", machine["status"]!["nodeName"]!.GetValue<string>());
        Assert.Equal(1, machine["status"]!["runGeneration"]!.GetValue<int>());
        Assert.Single((await server.GetAsync(Machines + "?fieldSelector=status.nodeName%3Dhost1")).Body["items"]!.AsArray());
    }

    [Fact]
    public async Task An_operation_is_recorded_once_for_its_id()
    {
        await using var server = await TestServer.StartAsync();
        await PrepareAsync(server, approve: true);
        await server.PostAsync(Machines, Machine);
        var (code, first) = await server.PostAsync(Machines + "/m/restart", """{"id":"r1"}""");
        Assert.Equal(200, code);
        Assert.Equal("Restart", first["status"]!["operation"]!["type"]!.GetValue<string>());
        Assert.Equal("alice", first["status"]!["operation"]!["requestedBy"]!.GetValue<string>());
        var (_, second) = await server.PostAsync(Machines + "/m/restart", """{"id":"r1"}""");
        Assert.Equal(first.ToJsonString(), second.ToJsonString());
        Assert.Equal(409, (await server.PostAsync(Machines + "/m/stop", """{"id":"r1"}""")).Code);

        var (_, stopped) = await server.PostAsync(Machines + "/m/stop", "{}");
        Assert.Equal("Stopped", stopped["spec"]!["powerState"]!.GetValue<string>());
        Assert.Equal(2, stopped["metadata"]!["generation"]!.GetValue<int>());
        Assert.Equal(409, (await server.PostAsync(Machines + "/m/restart", "{}")).Code);
        Assert.Equal("Running", (await server.PostAsync(Machines + "/m/start", "{}")).Body["spec"]!["powerState"]!.GetValue<string>());
        Assert.Equal(422, (await server.PostAsync(Machines + "/m/stop", """{"id":"no spaces"}""")).Code);
    }

    [Fact]
    public async Task Each_field_of_the_status_has_one_writer()
    {
        await using var server = await TestServer.StartAsync();
        await PrepareAsync(server, approve: true);
        await server.PostAsync(Machines, Machine);
        using var machines = server.ClientOf("system:controller:machine");
        using var scheduler = server.ClientOf("system:controller:scheduler");
        const string Volumes = """{"status":{"volumes":[{"name":"root","objectName":"m-root"}]}}""";
        Assert.Equal(200, (await PatchStatusAsync(server, machines, Volumes)).Code);
        var (code, refused) = await PatchStatusAsync(server, scheduler, """{"status":{"volumes":[]}}""");
        Assert.Equal(403, code);
        Assert.Contains("may not write `status.volumes`", refused["message"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.Equal(200, (await PatchStatusAsync(server, scheduler, """{"status":{"conditions":[{"type":"Scheduled","status":"False"}]}}""")).Code);
        Assert.Equal(403, (await PatchStatusAsync(server, machines, """{"status":{"conditions":[{"type":"Scheduled","status":"True"}]}}""")).Code);
        var machine = (await PatchStatusAsync(server, machines, """{"status":{"nodeName":"mine","addresses":["10.0.0.1"]}}""")).Body;
        Assert.Null(machine["status"]!["nodeName"]);
        Assert.Equal(403, (await PatchStatusAsync(server, server.Client, """{"status":{"phase":"Running"}}""")).Code);
    }

    [Fact]
    public async Task Everything_wrong_with_a_machine_is_said_at_once()
    {
        await using var server = await TestServer.StartAsync();
        await PrepareAsync(server, approve: true);
        var (code, status) = await server.PostAsync(Machines, """
            {"metadata":{"name":"m"},"spec":{"template":"t","class":"small","powerState":"On","restartPolicy":"Maybe","stopGracePeriodSeconds":3601,"hostname":"a.b",
             "sshAuthorizedKeys":["nonsense"],"volumes":[{"name":"root","size":"1"}],"networkInterfaces":[{"name":"x","mac":"ff:ff:ff:ff:ff:ff","address":"::1"}]}}
            """);
        Assert.Equal(422, code);
        Assert.Equal(
            ["spec.hostname", "spec.networkInterfaces[0].address", "spec.networkInterfaces[0].mac", "spec.powerState", "spec.restartPolicy", "spec.sshAuthorizedKeys[0]", "spec.stopGracePeriodSeconds", "spec.volumes[0].name", "spec.volumes[0].size"],
            status["details"]!["causes"]!.AsArray().Select(c => c!["field"]!.GetValue<string>()).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_template_that_no_node_can_boot_is_refused()
    {
        await using var server = await TestServer.StartAsync();
        var (code, status) = await server.PostAsync(Compute + "/machinetemplates", $$$"""
            {"metadata":{"name":"t"},"spec":{"os":{"family":"linux","name":"debian"},"rootDisk":{"image":"i","digest":"{{{Zeros}}}"},"boot":{"firmware":"Uefi"},"classes":["small"]}}
            """);
        Assert.Equal(422, code);
        Assert.Equal("spec.boot.firmware", Assert.Single(status["details"]!["causes"]!.AsArray())!["field"]!.GetValue<string>());
        Assert.Contains("no node can boot with firmware `Uefi` yet; use `Direct`", status["message"]!.GetValue<string>(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("8.8.0.0/16", 422)]
    [InlineData("100.64.0.0/16", 422)]
    [InlineData("172.32.0.0/16", 422)]
    [InlineData("172.31.0.0/16", 201)]
    [InlineData("192.168.7.0/24", 201)]
    public async Task A_network_takes_private_addresses_only(string subnet, int expected)
    {
        await using var server = await TestServer.StartAsync();
        var (code, status) = await server.PostAsync("/apis/network.rempart.dev/v1/namespaces/default/networks", $$$"""{"metadata":{"name":"n"},"spec":{"type":"Routed","subnet":"{{{subnet}}}"}}""");
        Assert.Equal(expected, code);
        if (expected == 201) return;
        Assert.Equal("spec.subnet", Assert.Single(status["details"]!["causes"]!.AsArray())!["field"]!.GetValue<string>());
        Assert.Contains("must be within `10.0.0.0/8`, `172.16.0.0/12`, `192.168.0.0/16`", status["message"]!.GetValue<string>(), StringComparison.Ordinal);
    }

    private static Task<(int Code, JsonObject Body)> PatchStatusAsync(TestServer server, HttpClient client, string patch) =>
        server.SendAsync(HttpMethod.Patch, Machines + "/m/status", patch, "application/merge-patch+json", client);

    private static async Task PrepareAsync(TestServer server, bool approve)
    {
        Assert.Equal(201, (await server.PostAsync(Compute + "/machineclasses", """{"metadata":{"name":"small"},"spec":{"cpus":1,"memory":"256Mi"}}""")).Code);
        Assert.Equal(201, (await server.PostAsync("/apis/storage.rempart.dev/v1/images", $$$"""{"metadata":{"name":"i"},"spec":{"type":"Disk","format":"raw","digest":"{{{Zeros}}}"}}""")).Code);
        var (code, _) = await server.PostAsync(Compute + "/machinetemplates", $$$"""
            {"metadata":{"name":"t"},"spec":{"os":{"family":"linux","name":"debian"},"rootDisk":{"image":"i","digest":"{{{Zeros}}}"},"boot":{"firmware":"Direct","kernel":{"image":"i","digest":"{{{Zeros}}}"}},"classes":["small"]}}
            """);
        Assert.Equal(201, code);
        if (approve) await ApproveAsync(server);
    }

    private static async Task ApproveAsync(TestServer server)
    {
        var template = (await server.GetAsync(Compute + "/machinetemplates/t")).Body;
        using var officer = server.ClientOf("olga");
        var (code, body) = await server.SendAsync(HttpMethod.Post, "/apis/security.rempart.dev/v1/approvals",
            $$$"""{"metadata":{"name":"a"},"spec":{"template":"t","templateUid":"{{{template["metadata"]!["uid"]}}}","digest":"{{{template["status"]!["digest"]}}}"}}""", client: officer);
        Assert.True(code == 201, body.ToJsonString());
    }
}
