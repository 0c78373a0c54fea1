using Rempart.ApiServer.Tests.Authorization;
using Rempart.ApiServer.Tests.Http;

namespace Rempart.ApiServer.Tests.Registry;

/// <summary>Deletion as kube-apiserver 1.32 does it. What the garbage collector does next: Rempart.Controllers.Tests.</summary>
public sealed class DeletionTests
{
    private const string Maps = "/api/v1/namespaces/default/configmaps";

    [Theory]
    [InlineData("", """{"propagationPolicy":"Foreground"}""", 200, """["example.com/hold","foregroundDeletion"]""")]
    [InlineData("", """{"propagationPolicy":"Orphan"}""", 200, """["example.com/hold","orphan"]""")]
    [InlineData("", """{"propagationPolicy":"Background"}""", 200, """["example.com/hold"]""")]
    [InlineData("?propagationPolicy=Foreground", null, 200, """["example.com/hold","foregroundDeletion"]""")]
    [InlineData("?orphanDependents=true", null, 200, """["example.com/hold","orphan"]""")]
    [InlineData("?orphanDependents=false", null, 202, """["example.com/hold"]""")]
    [InlineData("", """{"kind":"DeleteOptions","apiVersion":"v1","orphanDependents":false}""", 202, """["example.com/hold"]""")]
    [InlineData("?propagationPolicy=Foreground", """{"gracePeriodSeconds":5}""", 200, """["example.com/hold"]""")]
    [InlineData("", """{"gracePeriodSeconds":-1}""", 200, """["example.com/hold"]""")]
    public async Task What_becomes_of_dependents_is_asked_for_in_the_body_or_else_in_the_query(string query, string? body, int expected, string finalizers)
    {
        await using var server = await TestServer.StartAsync();
        await server.PostAsync(Maps, """{"metadata":{"name":"a","finalizers":["example.com/hold"]}}""");
        var (code, marked) = await server.DeleteAsync(Maps + "/a" + query, body);
        Assert.Equal(expected, code);
        Assert.Equal(finalizers, marked["metadata"]!["finalizers"]!.ToJsonString());
        Assert.Equal(0, marked["metadata"]!["deletionGracePeriodSeconds"]!.GetValue<int>());
        Assert.Null(marked["metadata"]!["generation"]);
        // Again, without a word on dependents: nothing changes.
        Assert.Equal(marked.ToJsonString(), (await server.DeleteAsync(Maps + "/a")).Body.ToJsonString());
    }

    [Theory]
    [InlineData("""{"propagationPolicy":"Sideways"}""", "DeleteOptions.meta.k8s.io \"\" is invalid: propagationPolicy: Unsupported value: \"Sideways\": supported values: \"Foreground\", \"Background\", \"Orphan\", \"nil\"")]
    [InlineData("""{"propagationPolicy":"Orphan","orphanDependents":true}""", "DeleteOptions.meta.k8s.io \"\" is invalid: propagationPolicy: Invalid value: \"Orphan\": orphanDependents and deletionPropagation cannot be both set")]
    public async Task Options_that_contradict_each_other_are_refused(string options, string says)
    {
        await using var server = await TestServer.StartAsync();
        await server.PostAsync(Maps, """{"metadata":{"name":"a"}}""");
        var (code, status) = await server.DeleteAsync(Maps + "/a", options);
        Assert.Equal((422, says), (code, status["message"]!.GetValue<string>()));
        Assert.Equal(200, (await server.GetAsync(Maps + "/a")).Code);
    }

    [Fact]
    public async Task A_deletion_holds_to_the_object_that_it_means()
    {
        await using var server = await TestServer.StartAsync();
        var made = (await server.PostAsync(Maps, """{"metadata":{"name":"a"}}""")).Body["metadata"]!;
        var (code, other) = await server.DeleteAsync(Maps + "/a", """{"preconditions":{"uid":"u"}}""");
        Assert.Equal((409, $"Operation cannot be fulfilled on configmaps \"a\": Precondition failed: UID in precondition: u, UID in object meta: {made["uid"]}"), (code, other["message"]!.GetValue<string>()));
        (code, other) = await server.DeleteAsync(Maps + "/a", """{"preconditions":{"resourceVersion":"1"}}""");
        Assert.Equal((409, $"Operation cannot be fulfilled on configmaps \"a\": Precondition failed: ResourceVersion in precondition: 1, ResourceVersion in object meta: {made["resourceVersion"]}"), (code, other["message"]!.GetValue<string>()));
        (code, _) = await server.DeleteAsync(Maps + "/a?dryRun=All", "{}");
        Assert.Equal(200, code);
        var (_, gone) = await server.DeleteAsync(Maps + "/a", $$$"""{"preconditions":{"uid":"{{{made["uid"]}}}","resourceVersion":"{{{made["resourceVersion"]}}}"}}""");
        Assert.Equal(("Success", made["uid"]!.GetValue<string>()), (gone["status"]!.GetValue<string>(), gone["details"]!["uid"]!.GetValue<string>()));
    }

    [Fact]
    public async Task Who_names_owners_must_be_allowed_to_delete_and_who_blocks_one_to_hold_it()
    {
        await using var server = await SecureServer.StartAsync();
        var admin = server.Admin;
        var owner = await SecureServer.DoAsync(admin, HttpMethod.Post, Maps, """{"metadata":{"name":"owner"}}""");
        await SecureServer.DoAsync(admin, HttpMethod.Post, "/apis/rbac.authorization.k8s.io/v1/namespaces/default/roles",
            """{"metadata":{"name":"maker"},"rules":[{"apiGroups":[""],"resources":["secrets"],"verbs":["create","patch"]},{"apiGroups":[""],"resources":["configmaps/finalizers"],"resourceNames":["free"],"verbs":["update"]}]}""");
        await SecureServer.DoAsync(admin, HttpMethod.Post, "/apis/rbac.authorization.k8s.io/v1/namespaces/default/rolebindings",
            """{"metadata":{"name":"maker"},"roleRef":{"apiGroup":"rbac.authorization.k8s.io","kind":"Role","name":"maker"},"subjects":[{"apiGroup":"rbac.authorization.k8s.io","kind":"User","name":"mia"}]}""");
        var mia = server.ClientOf("mia");
        const string Secrets = "/api/v1/namespaces/default/secrets";
        string Owned(string name, string by, bool block) =>
            $$$$"""{"metadata":{"name":"{{{{name}}}}","ownerReferences":[{"apiVersion":"v1","kind":"ConfigMap","name":"{{{{by}}}}","uid":"{{{{owner["metadata"]!["uid"]}}}}","blockOwnerDeletion":{{{{(block ? "true" : "false")}}}}}]}}""";

        await SecureServer.DoAsync(mia, HttpMethod.Post, Secrets, Owned("a", "owner", block: false));
        await SecureServer.DoAsync(mia, HttpMethod.Post, Secrets, Owned("b", "free", block: true));
        Assert.StartsWith("secrets \"c\" is forbidden: cannot set blockOwnerDeletion if an ownerReference refers to a resource you can't set finalizers on: ",
            await SecureServer.RefusedAsync(403, mia, HttpMethod.Post, Secrets, Owned("c", "owner", block: true)), StringComparison.Ordinal);
        Assert.StartsWith("secrets \"a\" is forbidden: cannot set an ownerRef on a resource you can't delete: ",
            await SecureServer.RefusedAsync(403, mia, HttpMethod.Patch, Secrets + "/a", """{"metadata":{"ownerReferences":null}}"""), StringComparison.Ordinal);
        await SecureServer.DoAsync(mia, HttpMethod.Patch, Secrets + "/a", """{"metadata":{"labels":{"x":"y"}}}""");
        await SecureServer.DoAsync(admin, HttpMethod.Patch, Secrets + "/a", Owned("a", "owner", block: true));
    }

    [Fact]
    public async Task Who_may_watch_one_object_may_watch_a_collection_narrowed_to_it()
    {
        await using var server = await SecureServer.StartAsync();
        await SecureServer.DoAsync(server.Admin, HttpMethod.Post, "/apis/rbac.authorization.k8s.io/v1/namespaces/default/roles",
            """{"metadata":{"name":"one"},"rules":[{"apiGroups":[""],"resources":["configmaps"],"resourceNames":["a"],"verbs":["get","list","watch"]}]}""");
        await SecureServer.DoAsync(server.Admin, HttpMethod.Post, "/apis/rbac.authorization.k8s.io/v1/namespaces/default/rolebindings",
            """{"metadata":{"name":"one"},"roleRef":{"apiGroup":"rbac.authorization.k8s.io","kind":"Role","name":"one"},"subjects":[{"apiGroup":"rbac.authorization.k8s.io","kind":"User","name":"mia"}]}""");
        foreach (var name in (string[])["a", "b"]) await SecureServer.DoAsync(server.Admin, HttpMethod.Post, Maps, $$$"""{"metadata":{"name":"{{{name}}}"}}""");
        var mia = server.ClientOf("mia");
        var list = await SecureServer.DoAsync(mia, HttpMethod.Get, Maps + "?fieldSelector=metadata.name%3Da");
        Assert.Equal("a", Assert.Single(list["items"]!.AsArray())!["metadata"]!["name"]!.GetValue<string>());
        foreach (var refused in (string[])["", "?fieldSelector=metadata.name%3Db", "?fieldSelector=metadata.name!%3Db", "?fieldSelector=metadata.namespace%3Ddefault", "?fieldSelector=metadata.name%3Da%5C%2C"])
        {
            await SecureServer.RefusedAsync(403, mia, HttpMethod.Get, Maps + refused);
        }
    }
}
