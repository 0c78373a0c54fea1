using static Rempart.ApiServer.Tests.Authorization.SecureServer;

namespace Rempart.ApiServer.Tests.Authorization;

public sealed class MoveRightsTests
{
    private const string Moves = "/apis/compute.rempart.dev/v1/namespaces/default/machinemigrations";
    private const string Bindings = "/apis/rbac.authorization.k8s.io/v1/namespaces/default/rolebindings";
    private const string Move = """{"metadata":{"name":"x"},"spec":{"machine":"m"}}""";

    [Fact]
    public async Task Machines_are_moved_by_those_who_may_update_them()
    {
        await using var server = await StartAsync();
        foreach (var role in (string[])["admin", "edit", "view"])
        {
            await DoAsync(server.Admin, HttpMethod.Post, Bindings, $$$"""
                {"metadata":{"name":"{{{role}}}"},"roleRef":{"apiGroup":"rbac.authorization.k8s.io","kind":"ClusterRole","name":"{{{role}}}"},"subjects":[{"kind":"User","name":"{{{role}}}"}]}
                """);
        }

        // That far and no further: there is no machine of that name.
        foreach (var role in (string[])["admin", "edit"]) Assert.Contains("spec.machine: Not found", await RefusedAsync(422, server.ClientOf(role), HttpMethod.Post, Moves, Move), StringComparison.Ordinal);
        await RefusedAsync(403, server.ClientOf("view"), HttpMethod.Post, Moves, Move);
        Assert.Equal(200, (await SendAsync(server.ClientOf("view"), HttpMethod.Get, Moves)).Code);

        await DoAsync(server.Admin, HttpMethod.Post, "/apis/rbac.authorization.k8s.io/v1/namespaces/default/roles", """
            {"metadata":{"name":"half"},"rules":[{"verbs":["create"],"apiGroups":["compute.rempart.dev"],"resources":["machinemigrations"]},{"verbs":["update"],"apiGroups":["compute.rempart.dev"],"resources":["virtualmachines"],"resourceNames":["other"]}]}
            """);
        await DoAsync(server.Admin, HttpMethod.Post, Bindings, """
            {"metadata":{"name":"half"},"roleRef":{"apiGroup":"rbac.authorization.k8s.io","kind":"Role","name":"half"},"subjects":[{"kind":"User","name":"half"}]}
            """);
        Assert.Contains("who moves a machine must be allowed to update it", await RefusedAsync(403, server.ClientOf("half"), HttpMethod.Post, Moves, Move), StringComparison.Ordinal);
        Assert.Contains("spec.machine: Not found", await RefusedAsync(422, server.ClientOf("half"), HttpMethod.Post, Moves, Move.Replace("\"m\"", "\"other\"", StringComparison.Ordinal)), StringComparison.Ordinal);
    }
}
