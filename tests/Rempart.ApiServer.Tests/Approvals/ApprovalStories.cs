using System.Text.Json.Nodes;
using Rempart.ApiServer.Tests.Authorization;
using static Rempart.ApiServer.Tests.Authorization.SecureServer;

namespace Rempart.ApiServer.Tests.Approvals;

/// <summary>What approvals do; what they refuse is also in <see cref="BadInput.TemplateStories"/>. The administrator makes a class, an image and a template; Olga, a security officer, approves it or does not.</summary>
public sealed class ApprovalStories : IAsyncLifetime
{
    private const string Compute = "/apis/compute.rempart.dev/v1";
    private const string Approvals = "/apis/security.rempart.dev/v1/approvals";
    private const string Digest = "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
    private SecureServer server = null!;

    public async ValueTask InitializeAsync()
    {
        server = await SecureServer.StartAsync();
        await DoAsync(server.Admin, HttpMethod.Post, $"{Compute}/machineclasses", """{"apiVersion":"compute.rempart.dev/v1","kind":"MachineClass","metadata":{"name":"small"},"spec":{"cpus":1,"memory":"512Mi"}}""");
        await DoAsync(server.Admin, HttpMethod.Post, "/apis/storage.rempart.dev/v1/images", $$$"""{"apiVersion":"storage.rempart.dev/v1","kind":"Image","metadata":{"name":"debian"},"spec":{"type":"Disk","format":"qcow2","digest":"{{{Digest}}}"}}""");
        await DoAsync(server.Admin, HttpMethod.Post, "/apis/storage.rempart.dev/v1/images", $$$"""{"apiVersion":"storage.rempart.dev/v1","kind":"Image","metadata":{"name":"kernel"},"spec":{"type":"Kernel","digest":"{{{Digest}}}"}}""");
        await DoAsync(server.Admin, HttpMethod.Post, $"{Compute}/machinetemplates", $$$"""
            {"apiVersion":"compute.rempart.dev/v1","kind":"MachineTemplate","metadata":{"name":"debian"},
             "spec":{"os":{"family":"linux","name":"debian"},"rootDisk":{"image":"debian","digest":"{{{Digest}}}"},"boot":{"firmware":"Direct","kernel":{"image":"kernel","digest":"{{{Digest}}}"}},"classes":["small"],"devices":{"maxVolumes":0} } }
            """);
    }

    [Fact]
    public async Task A_machine_is_made_once_somebody_else_approved_its_template()
    {
        Assert.Contains("not approved", await RefusedAsync(422, server.Admin, HttpMethod.Post, $"{Compute}/namespaces/default/virtualmachines", Machine("one")), StringComparison.Ordinal);

        var approval = await DoAsync(server.Officer, HttpMethod.Post, Approvals, await ApprovalAsync());
        Assert.Equal("olga", approval["spec"]!["approver"]!.GetValue<string>());
        Assert.Equal(1, approval["spec"]!["templateGeneration"]!.GetValue<long>());
        var machine = await DoAsync(server.Admin, HttpMethod.Post, $"{Compute}/namespaces/default/virtualmachines", Machine("one"));

        Assert.Equal(approval["spec"]!["digest"]!.GetValue<string>(), machine["status"]!["templateDigest"]!.GetValue<string>());
        Assert.Equal(1, machine["status"]!["resources"]!["cpus"]!.GetValue<int>());
    }

    [Fact]
    public async Task An_administrator_can_not_approve_and_can_not_make_approvers()
    {
        var why = await RefusedAsync(403, server.Admin, HttpMethod.Post, Approvals, await ApprovalAsync());
        Assert.Contains("`approve`", why, StringComparison.Ordinal);

        await RefusedAsync(403, server.Admin, HttpMethod.Post, "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings", Binding("mine", "security-officer"));
        await RefusedAsync(403, server.Admin, HttpMethod.Post, "/apis/rbac.authorization.k8s.io/v1/clusterroles",
            """{"apiVersion":"rbac.authorization.k8s.io/v1","kind":"ClusterRole","metadata":{"name":"mine"},"rules":[{"verbs":["approve"],"apiGroups":["compute.rempart.dev"],"resources":["machinetemplates"]}]}""");
        await RefusedAsync(403, server.Admin, HttpMethod.Patch, "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings/security-officer", """{"subjects":[{"kind":"User","apiGroup":"rbac.authorization.k8s.io","name":"admin"}]}""");
        await RefusedAsync(403, server.Admin, HttpMethod.Delete, "/apis/rbac.authorization.k8s.io/v1/clusterroles/security-officer");
    }

    [Fact]
    public async Task An_author_who_is_an_officer_can_not_approve_their_own_work()
    {
        var both = server.ClientOf("ada", "rempart:administrators", "rempart:security-officers");
        await DoAsync(both, HttpMethod.Patch, $"{Compute}/machinetemplates/debian", """{"spec":{"boot":{"firmware":"Direct"},"devices":{"maxVolumes":1}}}""");

        Assert.Contains("`ada` is an author", await RefusedAsync(403, both, HttpMethod.Post, Approvals, await ApprovalAsync()), StringComparison.Ordinal);
        await SendAsync(both, HttpMethod.Patch, $"{Compute}/machinetemplates/debian/status", """{"status":{"authors":["nobody"]}}""");
        var template = await DoAsync(server.Admin, HttpMethod.Get, $"{Compute}/machinetemplates/debian");
        Assert.Equal(["admin", "ada"], template["status"]!["authors"]!.AsArray().Select(a => a!.GetValue<string>()));
    }

    [Fact]
    public async Task An_approval_names_what_was_looked_at_and_is_never_changed()
    {
        var stale = await ApprovalAsync();
        await DoAsync(server.Admin, HttpMethod.Patch, $"{Compute}/machinetemplates/debian", """{"spec":{"devices":{"maxVolumes":8}}}""");
        Assert.Contains("spec.digest", await RefusedAsync(422, server.Officer, HttpMethod.Post, Approvals, stale), StringComparison.Ordinal);

        await DoAsync(server.Officer, HttpMethod.Post, Approvals, await ApprovalAsync());
        await RefusedAsync(422, server.Officer, HttpMethod.Patch, $"{Approvals}/first", """{"spec":{"approver":"somebody"}}""");
        await RefusedAsync(422, server.Admin, HttpMethod.Patch, $"{Approvals}/first", """{"spec":{"comment":"other"}}""");
    }

    [Fact]
    public async Task A_revoked_approval_makes_no_machines()
    {
        await DoAsync(server.Officer, HttpMethod.Post, Approvals, await ApprovalAsync());
        await DoAsync(server.Officer, HttpMethod.Delete, $"{Approvals}/first");

        await RefusedAsync(422, server.Admin, HttpMethod.Post, $"{Compute}/namespaces/default/virtualmachines", Machine("three"));
    }

    [Fact]
    public async Task A_document_that_lacks_what_admission_looks_at_is_refused_by_the_name_of_the_field()
    {
        Assert.Contains("spec.template", await RefusedAsync(422, server.Admin, HttpMethod.Post, $"{Compute}/namespaces/default/virtualmachines",
            """{"apiVersion":"compute.rempart.dev/v1","kind":"VirtualMachine","metadata":{"name":"x"},"spec":{"class":"small"}}"""), StringComparison.Ordinal);
        Assert.Contains("spec.boot", await RefusedAsync(422, server.Admin, HttpMethod.Post, $"{Compute}/machinetemplates",
            """{"apiVersion":"compute.rempart.dev/v1","kind":"MachineTemplate","metadata":{"name":"x"},"spec":{"classes":["small"]}}"""), StringComparison.Ordinal);
        Assert.Contains("spec", await RefusedAsync(422, server.Officer, HttpMethod.Post, Approvals, """{"apiVersion":"security.rempart.dev/v1","kind":"Approval","metadata":{"name":"x"}}"""), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nobody_changes_by_the_status_what_a_machine_was_made_from()
    {
        await DoAsync(server.Officer, HttpMethod.Post, Approvals, await ApprovalAsync());
        await DoAsync(server.Admin, HttpMethod.Post, $"{Compute}/namespaces/default/virtualmachines", Machine("five"));
        await SendAsync(server.Admin, HttpMethod.Patch, $"{Compute}/namespaces/default/virtualmachines/five/status", """{"status":{"nodeName":"host1","template":{"boot":{"firmware":"Direct","commandLine":"init=/bin/sh"}}}}""");

        var machine = await DoAsync(server.Admin, HttpMethod.Get, $"{Compute}/namespaces/default/virtualmachines/five");
        Assert.Equal("Direct", machine["status"]!["template"]!["boot"]!["firmware"]!.GetValue<string>());
        Assert.Null(machine["status"]!["nodeName"]);
    }

    public async ValueTask DisposeAsync() => await server.DisposeAsync();

    private async Task<string> ApprovalAsync()
    {
        var template = await DoAsync(server.Officer, HttpMethod.Get, $"{Compute}/machinetemplates/debian");
        return new JsonObject
        {
            ["apiVersion"] = "security.rempart.dev/v1",
            ["kind"] = "Approval",
            ["metadata"] = new JsonObject { ["name"] = "first" },
            ["spec"] = new JsonObject { ["template"] = "debian", ["templateUid"] = template["metadata"]!["uid"]!.DeepClone(), ["digest"] = template["status"]!["digest"]!.DeepClone() },
        }.ToJsonString();
    }

    private static string Machine(string name) =>
        $$$"""{"apiVersion":"compute.rempart.dev/v1","kind":"VirtualMachine","metadata":{"name":"{{{name}}}"},"spec":{"template":"debian","class":"small"} }""";

    private static string Binding(string name, string role) => $$$"""
        {"apiVersion":"rbac.authorization.k8s.io/v1","kind":"ClusterRoleBinding","metadata":{"name":"{{{name}}}"},"roleRef":{"apiGroup":"rbac.authorization.k8s.io","kind":"ClusterRole","name":"{{{role}}}"},
         "subjects":[{"kind":"User","apiGroup":"rbac.authorization.k8s.io","name":"admin"}]}
        """;
}
