using System.Text.Json.Nodes;
using Rempart.ApiServer.Tests.Authorization;
using Rempart.ApiServer.Tests.Http;
using static Rempart.ApiServer.Tests.Authorization.SecureServer;

namespace Rempart.ApiServer.Tests.Kinds;

/// <summary>Questions about rights, and who may ask which.</summary>
public sealed class ReviewStories : IAsyncLifetime
{
    private const string Reviews = "/apis/authorization.k8s.io/v1";
    private const string Local = $"{Reviews}/namespaces/blue/localsubjectaccessreviews";

    private SecureServer server = null!;

    public async ValueTask InitializeAsync()
    {
        server = await SecureServer.StartAsync();
        foreach (var ns in new[] { "blue", "green" }) await DoAsync(server.Admin, HttpMethod.Post, "/api/v1/namespaces", $$$"""{"metadata":{"name":"{{{ns}}}"}}""");
        foreach (var (user, role) in new[] { ("ruth", "admin"), ("vera", "view") })
        {
            await DoAsync(server.Admin, HttpMethod.Post, "/apis/rbac.authorization.k8s.io/v1/namespaces/blue/rolebindings",
                $$"""{"metadata":{"name":"{{user}}"},"roleRef":{"apiGroup":"rbac.authorization.k8s.io","kind":"ClusterRole","name":"{{role}}"},"subjects":[{"apiGroup":"rbac.authorization.k8s.io","kind":"User","name":"{{user}}"}]}""");
        }
    }

    public ValueTask DisposeAsync() => server.DisposeAsync();

    [Fact]
    public async Task A_projects_admin_asks_about_their_project_and_no_other()
    {
        var ruth = server.ClientOf("ruth");
        var answer = await DoAsync(ruth, HttpMethod.Post, Local, Question("vera", "list", "blue"));
        Assert.True((bool?)answer["status"]!["allowed"]);
        Assert.Equal("blue", (string?)answer["metadata"]!["namespace"]);
        Assert.False((bool?)(await DoAsync(ruth, HttpMethod.Post, Local, Question("vera", "create", "blue")))["status"]!["allowed"]);
        Assert.Contains("must match metadata.namespace", await RefusedAsync(422, ruth, HttpMethod.Post, Local, Question("vera", "list", "green")), StringComparison.Ordinal);
        Assert.Contains("disallowed on this kind of request", await RefusedAsync(422, ruth, HttpMethod.Post, Local, """{"spec":{"user":"vera","nonResourceAttributes":{"path":"/","verb":"get"}}}"""), StringComparison.Ordinal);
        await RefusedAsync(400, ruth, HttpMethod.Post, Local, """{"metadata":{"namespace":"green"},"spec":{"user":"vera","resourceAttributes":{"namespace":"blue"}}}""");
        await RefusedAsync(403, ruth, HttpMethod.Post, Local.Replace("blue", "green", StringComparison.Ordinal), Question("vera", "list", "green"));
        await RefusedAsync(403, ruth, HttpMethod.Post, $"{Reviews}/subjectaccessreviews", Question("vera", "list", "blue"));
        await RefusedAsync(403, server.ClientOf("vera"), HttpMethod.Post, Local, Question("ruth", "list", "blue"));
    }

    [Fact]
    public async Task A_review_is_at_home_in_its_scope()
    {
        await RefusedAsync(404, server.Admin, HttpMethod.Post, $"{Reviews}/localsubjectaccessreviews", Question("vera", "list", "blue"));
        await RefusedAsync(404, server.Admin, HttpMethod.Post, $"{Reviews}/namespaces/blue/selfsubjectaccessreviews", "{}");
        await RefusedAsync(405, server.Admin, HttpMethod.Get, $"{Reviews}/selfsubjectaccessreviews");
        Assert.Contains("no namespace on request", await RefusedAsync(400, server.Admin, HttpMethod.Post, $"{Reviews}/selfsubjectrulesreviews", "{}"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Questions_are_held_to_kubernetes_rules()
    {
        foreach (var (spec, says) in new[]
        {
            ("""{"user":"a"}""", "exactly one of nonResourceAttributes or resourceAttributes must be specified"),
            ("""{"user":"a","resourceAttributes":{},"nonResourceAttributes":{}}""", "cannot be specified in combination with resourceAttributes"),
            ("""{"resourceAttributes":{}}""", "at least one of user or group must be specified"),
            ("""{"user":"a","resourceAttributes":{"fieldSelector":{}}}""", "requirements or rawSelector is required"),
            ("""{"user":"a","resourceAttributes":{"fieldSelector":{"rawSelector":"a=b","requirements":[{"key":"a","operator":"In","values":["b"]}]}}}""", "may not specified at the same time as requirements"),
            ("""{"user":"a","resourceAttributes":{"labelSelector":{"requirements":[{"key":"a","operator":"In"}]}}}""", "must be specified when `operator` is 'In' or 'NotIn'"),
            ("""{"user":"a","resourceAttributes":{"labelSelector":{"requirements":[{"key":"a","operator":"Exists","values":["b"]}]}}}""", "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"),
            ("""{"user":"a","resourceAttributes":{"labelSelector":{"requirements":[{"key":"a","operator":"Like"}]}}}""", "not a valid selector operator"),
        })
        {
            Assert.Contains(says, await RefusedAsync(422, server.Admin, HttpMethod.Post, $"{Reviews}/subjectaccessreviews", $$"""{"spec":{{spec}} }"""), StringComparison.Ordinal);
        }

        Assert.Contains("must be empty", await RefusedAsync(422, server.Admin, HttpMethod.Post, $"{Reviews}/selfsubjectaccessreviews", """{"metadata":{"name":"x"},"spec":{"nonResourceAttributes":{"path":"/","verb":"get"}}}"""), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_selector_in_a_question_counts_as_it_does_in_the_request()
    {
        await DoAsync(server.Admin, HttpMethod.Post, "/apis/rbac.authorization.k8s.io/v1/namespaces/blue/roles", """{"metadata":{"name":"one"},"rules":[{"verbs":["list"],"apiGroups":[""],"resources":["secrets"],"resourceNames":["mine"]}]}""");
        await DoAsync(server.Admin, HttpMethod.Post, "/apis/rbac.authorization.k8s.io/v1/namespaces/blue/rolebindings",
            """{"metadata":{"name":"one"},"roleRef":{"apiGroup":"rbac.authorization.k8s.io","kind":"Role","name":"one"},"subjects":[{"apiGroup":"rbac.authorization.k8s.io","kind":"User","name":"otto"}]}""");
        async Task<bool?> MayAsync(string selector) => (bool?)(await DoAsync(server.Admin, HttpMethod.Post, $"{Reviews}/subjectaccessreviews",
            $$$"""{"spec":{"user":"otto","resourceAttributes":{"verb":"list","resource":"secrets","namespace":"blue"{{{selector}}} } } }"""))["status"]!["allowed"];
        Assert.False(await MayAsync(""));
        Assert.True(await MayAsync(""","fieldSelector":{"rawSelector":"metadata.name=mine"}"""));
        Assert.True(await MayAsync(""","fieldSelector":{"requirements":[{"key":"metadata.name","operator":"In","values":["mine"]}]}"""));
        Assert.False(await MayAsync(""","fieldSelector":{"requirements":[{"key":"metadata.name","operator":"In","values":["mine","other"]}]}"""));
        Assert.False(await MayAsync(""","fieldSelector":{"requirements":[{"key":"metadata.name","operator":"NotIn","values":["mine"]}]}"""));
        Assert.False(await MayAsync(""","fieldSelector":{"requirements":[{"key":"metadata.name","operator":"In","values":["mine,metadata.name=other"]}]}"""));
    }

    [Fact]
    [Trait("level", "real")]
    public async Task Kubectl_lists_what_one_may_do()
    {
        Assert.SkipUnless(Kubectl.Exists, "no kubectl on the PATH");
        using var vera = new KubectlShell(server.Host.Addresses[0], server.Authority.Certificate, server.CertificateOf("vera"));
        var list = await vera.RunAsync("auth can-i --list -n blue");
        Assert.Matches(@"Resources\s+Non-Resource URLs\s+Resource Names\s+Verbs", list);
        Assert.Matches(@"virtualmachines.compute.rempart.dev\s+\[\]\s+\[\]\s+\[get list watch\]", list);
        Assert.Matches(@"events.events.k8s.io\s+\[\]\s+\[\]\s+\[get list watch\]", list);
        Assert.Equal("yes", (await vera.RunAsync("auth can-i list vm -n blue")).Trim());
        Assert.StartsWith("no", (await vera.TryAsync("auth can-i delete vm -n blue")).Output, StringComparison.Ordinal);
        var who = JsonNode.Parse(await vera.RunAsync("auth whoami -o json"))!;
        Assert.Equal("vera", (string?)who["status"]!["userInfo"]!["username"]);
    }

    private static string Question(string user, string verb, string ns) =>
        $$$"""{"spec":{"user":"{{{user}}}","resourceAttributes":{"verb":"{{{verb}}}","group":"compute.rempart.dev","resource":"virtualmachines","namespace":"{{{ns}}}"} } }""";
}
