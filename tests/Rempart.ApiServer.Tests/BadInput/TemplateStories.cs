using System.Text.Json.Nodes;
using Rempart.ApiServer.Tests.Authorization;
using static Rempart.ApiServer.Tests.Authorization.SecureServer;

namespace Rempart.ApiServer.Tests.BadInput;

/// <summary>Machines from templates that were not, or are no longer, approved by somebody else; and machines that ask for more than their template allows.</summary>
public sealed class TemplateStories : IAsyncLifetime
{
    private const string Compute = "/apis/compute.rempart.dev/v1";
    private const string Machines = Compute + "/namespaces/default/virtualmachines";
    private const string Template = Compute + "/machinetemplates/debian";
    private const string Approvals = "/apis/security.rempart.dev/v1/approvals";
    private const string Digest = "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
    private const string Other = "sha256:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";

    private SecureServer server = null!;

    public async ValueTask InitializeAsync()
    {
        server = await SecureServer.StartAsync();
        foreach (var name in new[] { "small", "huge" }) await DoAsync(server.Admin, HttpMethod.Post, Compute + "/machineclasses", $$$"""{"metadata":{"name":"{{{name}}}"},"spec":{"cpus":1,"memory":"512Mi"}}""");
        await DoAsync(server.Admin, HttpMethod.Post, "/apis/storage.rempart.dev/v1/images", $$$"""{"metadata":{"name":"debian"},"spec":{"type":"Disk","format":"qcow2","digest":"{{{Digest}}}"}}""");
        await DoAsync(server.Admin, HttpMethod.Post, "/apis/storage.rempart.dev/v1/images", $$$"""{"metadata":{"name":"kernel"},"spec":{"type":"Kernel","digest":"{{{Digest}}}"}}""");
        await DoAsync(server.Admin, HttpMethod.Post, Compute + "/machinetemplates", $$$"""
            {"metadata":{"name":"debian"},"spec":{"os":{"family":"linux","name":"debian"},"rootDisk":{"image":"debian","digest":"{{{Digest}}}"},
             "boot":{"firmware":"Direct","kernel":{"image":"kernel","digest":"{{{Digest}}}"} },"classes":["small"],"devices":{"maxVolumes":1,"maxNetworkInterfaces":1} } }
            """);
    }

    [Theory]
    [InlineData("\"class\":\"huge\"", "spec.class", "machine template `debian` does not allow class `huge`, but `small`")]
    [InlineData("\"class\":\"small\",\"volumes\":[{\"name\":\"a\",\"size\":\"1Gi\"},{\"name\":\"b\",\"size\":\"1Gi\"}]", "spec.volumes", "machine template `debian` allows at most 1 further volumes, not 2")]
    [InlineData("\"class\":\"small\",\"networkInterfaces\":[{\"name\":\"a\"},{\"name\":\"b\"}]", "spec.networkInterfaces", "machine template `debian` allows at most 1 network interfaces, not 2")]
    public async Task A_class_or_a_device_that_the_template_does_not_allow(string spec, string field, string says)
    {
        await ApproveAsync(server.Officer);
        Assert.Contains($"{field}: {says}", await server.ExpectAsync(server.Admin, "POST " + Machines, Machine("m", spec), 422, "Invalid", field), StringComparison.Ordinal);
        await DoAsync(server.Admin, HttpMethod.Post, Machines, Machine("m"));
        Assert.Contains(says, await server.ExpectAsync(server.Admin, $"PATCH {Machines}/m", $$$"""{"spec":{ {{{spec}}} } }""", 422, "Invalid", field), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_unapproved_template() =>
        Assert.Contains("spec.template: machine template `debian` is not approved; somebody who did not write it and holds the verb `approve` must approve it",
            await server.ExpectAsync(server.Admin, "POST " + Machines, Machine("m"), 422, "Invalid", "spec.template"), StringComparison.Ordinal);

    [Fact]
    public async Task A_template_that_was_edited_after_its_approval_and_edited_back()
    {
        await ApproveAsync(server.Officer);
        await DoAsync(server.Admin, HttpMethod.Post, Machines, Machine("before"));
        await DoAsync(server.Admin, HttpMethod.Patch, Template, """{"spec":{"devices":{"maxVolumes":8}}}""");
        Assert.Contains("spec.template: approval `first` does not hold: the template was edited since; approve it again",
            await server.ExpectAsync(server.Admin, "POST " + Machines, Machine("m"), 422, "Invalid", "spec.template"), StringComparison.Ordinal);
        await DoAsync(server.Admin, HttpMethod.Patch, Template, """{"spec":{"devices":{"maxVolumes":1}}}""");
        Assert.Contains("spec.template: approval `first` does not hold: the template was edited since and put back; approve it again",
            await server.ExpectAsync(server.Admin, "POST " + Machines, Machine("m"), 422, "Invalid", "spec.template"), StringComparison.Ordinal);

        await ApproveAsync(server.Officer, "second");
        await DoAsync(server.Admin, HttpMethod.Post, Machines, Machine("m"));
    }

    [Fact]
    public async Task Its_author_approving_it()
    {
        using var author = server.ClientOf("ada", "rempart:administrators", "rempart:security-officers");
        await DoAsync(author, HttpMethod.Patch, Template, """{"spec":{"devices":{"maxVolumes":2}}}""");
        Assert.Contains("`ada` is an author of machine template `debian`; somebody else must approve it",
            await RefusedAsync(author), StringComparison.Ordinal);
        Assert.Contains(server.Audit.Records, record => record is { User: "ada", Resource: "approvals", Decision: "deny", Status: 403 });
    }

    [Fact]
    public async Task The_author_of_its_image_approving_it()
    {
        using var author = server.ClientOf("ada", "rempart:administrators", "rempart:security-officers");
        await DoAsync(author, HttpMethod.Post, "/apis/storage.rempart.dev/v1/images", $$$"""{"metadata":{"name":"mine"},"spec":{"type":"Disk","format":"qcow2","digest":"{{{Other}}}"}}""");
        await DoAsync(server.Admin, HttpMethod.Patch, Template, $$$"""{"spec":{"rootDisk":{"image":"mine","digest":"{{{Other}}}"} } }""");
        Assert.Contains("`ada` is an author of image `mine`; somebody else must approve what uses it", await RefusedAsync(author), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_administrator_whose_role_holds_everything_approving_it()
    {
        await DoAsync(server.Admin, HttpMethod.Post, "/apis/rbac.authorization.k8s.io/v1/clusterroles", """{"metadata":{"name":"all"},"rules":[{"verbs":["*"],"apiGroups":["*"],"resources":["*"]}]}""");
        await DoAsync(server.Admin, HttpMethod.Post, "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings",
            """{"metadata":{"name":"all"},"roleRef":{"apiGroup":"rbac.authorization.k8s.io","kind":"ClusterRole","name":"all"},"subjects":[{"kind":"User","apiGroup":"rbac.authorization.k8s.io","name":"root"}]}""");
        using var root = server.ClientOf("root");
        foreach (var somebody in new[] { root, server.Admin })
        {
            Assert.Contains("the verb `approve` must be granted by name, `*` does not hold it; ask a security officer", await RefusedAsync(somebody), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task An_image_whose_digest_differs_from_what_the_template_names()
    {
        await DoAsync(server.Admin, HttpMethod.Patch, Template, $$$"""{"spec":{"rootDisk":{"digest":"{{{Other}}}"} } }""");
        Assert.Contains($"spec.template: image `debian` has digest `{Digest}`, the template names `{Other}`",
            await server.ExpectAsync(server.Officer, "POST " + Approvals, await ApprovalAsync("first"), 422, "Invalid", "spec.template"), StringComparison.Ordinal);
        Assert.Contains($"image `debian` has digest `{Digest}`, the template names `{Other}`",
            await server.ExpectAsync(server.Admin, "POST " + Machines, Machine("m"), 422, "Invalid", "spec.template"), StringComparison.Ordinal);
    }

    public async ValueTask DisposeAsync() => await server.DisposeAsync();

    private async Task<string> RefusedAsync(HttpClient client) => await server.ExpectAsync(client, "POST " + Approvals, await ApprovalAsync("first"), 403, "Forbidden", "spec.template");

    private async Task ApproveAsync(HttpClient officer, string name = "first") => await DoAsync(officer, HttpMethod.Post, Approvals, await ApprovalAsync(name));

    private async Task<string> ApprovalAsync(string name)
    {
        var template = await DoAsync(server.Officer, HttpMethod.Get, Template);
        return new JsonObject
        {
            ["metadata"] = new JsonObject { ["name"] = name },
            ["spec"] = new JsonObject { ["template"] = "debian", ["templateUid"] = template["metadata"]!["uid"]!.DeepClone(), ["digest"] = template["status"]!["digest"]!.DeepClone() },
        }.ToJsonString();
    }

    private static string Machine(string name, string spec = "\"class\":\"small\"") => $$$"""{"metadata":{"name":"{{{name}}}"},"spec":{"template":"debian",{{{spec}}} } }""";
}
