using static Rempart.ApiServer.Tests.Authorization.SecureServer;

namespace Rempart.ApiServer.Tests.Authorization;

public sealed class MoveRightsTests
{
    private const string Moves = "/apis/compute.rempart.dev/v1/namespaces/default/machinemigrations";
    private const string Bindings = "/apis/rbac.authorization.k8s.io/v1/namespaces/default/rolebindings";
    private const string Move = """{"metadata":{"name":"x"},"spec":{"machine":"m"}}""";

    [Fact]
    public async Task Machines_are_moved_by_administrators_and_by_those_who_were_given_that_duty()
    {
        await using var server = await StartAsync();
        foreach (var role in (string[])["admin", "edit", "view", "machine-mover"])
        {
            await DoAsync(server.Admin, HttpMethod.Post, Bindings, $$$"""
                {"metadata":{"name":"{{{role}}}"},"roleRef":{"apiGroup":"rbac.authorization.k8s.io","kind":"ClusterRole","name":"{{{role}}}"},"subjects":[{"kind":"User","name":"{{{role}}}"}]}
                """);
        }

        // That far and no further: there is no machine of that name.
        foreach (var mover in (HttpClient[])[server.ClientOf("machine-mover"), server.Admin]) Assert.Contains("spec.machine: Not found", await RefusedAsync(422, mover, HttpMethod.Post, Moves, Move), StringComparison.Ordinal);
        foreach (var role in (string[])["admin", "edit", "view"])
        {
            await RefusedAsync(403, server.ClientOf(role), HttpMethod.Post, Moves, Move);
            await RefusedAsync(403, server.ClientOf(role), HttpMethod.Patch, Moves + "/x", """{"spec":{"cancel":true}}""");
            Assert.Equal(200, (await SendAsync(server.ClientOf(role), HttpMethod.Get, Moves)).Code);
        }

        // Who has a project's roles can't give this one away.
        await RefusedAsync(403, server.ClientOf("admin"), HttpMethod.Post, Bindings, """
            {"metadata":{"name":"mine"},"roleRef":{"apiGroup":"rbac.authorization.k8s.io","kind":"ClusterRole","name":"machine-mover"},"subjects":[{"kind":"User","name":"admin"}]}
            """);
    }
}
