using Rempart.ApiServer.Tests.Authorization;
using static Rempart.ApiServer.Tests.Authorization.SecureServer;

namespace Rempart.ApiServer.Tests.Quotas;

/// <summary>Who has a project reads its limits and can't raise them, with the roles that are shipped.</summary>
public sealed class QuotaRightsTests
{
    private const string Project = "/api/v1/namespaces/team";
    private const string Raised = """{"spec":{"hard":{"configmaps":"1000"}}}""";

    [Theory]
    [InlineData("admin")]
    [InlineData("edit")]
    [InlineData("view")]
    public async Task A_tenant_reads_limits_and_changes_none(string role)
    {
        await using var server = await SecureServer.StartAsync();
        var (admin, tenant) = (server.Admin, server.ClientOf("carol"));
        await DoAsync(admin, HttpMethod.Post, "/api/v1/namespaces", """{"metadata":{"name":"team"}}""");
        await DoAsync(admin, HttpMethod.Post, Project + "/resourcequotas", """{"metadata":{"name":"q"},"spec":{"hard":{"configmaps":"1","count/roles.rbac.authorization.k8s.io":"5"}}}""");
        await DoAsync(admin, HttpMethod.Post, Project + "/limitranges", """{"metadata":{"name":"l"},"spec":{"limits":[{"type":"Volume","max":{"storage":"1Gi"}}]}}""");
        await DoAsync(admin, HttpMethod.Post, "/apis/rbac.authorization.k8s.io/v1/namespaces/team/rolebindings", $$$"""
            {"metadata":{"name":"b"},"roleRef":{"apiGroup":"rbac.authorization.k8s.io","kind":"ClusterRole","name":"{{{role}}}"},"subjects":[{"apiGroup":"rbac.authorization.k8s.io","kind":"User","name":"carol"}]}
            """);
        foreach (var path in (string[])["/resourcequotas", "/resourcequotas/q", "/resourcequotas/q/status", "/limitranges", "/limitranges/l"]) await DoAsync(tenant, HttpMethod.Get, Project + path);

        await RefusedAsync(403, tenant, HttpMethod.Patch, Project + "/resourcequotas/q", Raised);
        await RefusedAsync(403, tenant, HttpMethod.Patch, Project + "/resourcequotas/q/status", """{"status":{"used":{"configmaps":"0"}}}""");
        await RefusedAsync(403, tenant, HttpMethod.Delete, Project + "/resourcequotas/q");
        await RefusedAsync(403, tenant, HttpMethod.Delete, Project + "/resourcequotas");
        await RefusedAsync(403, tenant, HttpMethod.Post, Project + "/resourcequotas", """{"metadata":{"name":"mine"},"spec":{"hard":{"configmaps":"1000"}}}""");
        await RefusedAsync(403, tenant, HttpMethod.Delete, Project + "/limitranges/l");
        await RefusedAsync(403, tenant, HttpMethod.Patch, Project + "/limitranges/l", """{"spec":{"limits":[]}}""");

        // Nor by a role that they make themselves, nor by the status for whoever may do everything else.
        await RefusedAsync(403, tenant, HttpMethod.Post, "/apis/rbac.authorization.k8s.io/v1/namespaces/team/roles", """{"metadata":{"name":"r"},"rules":[{"apiGroups":[""],"resources":["resourcequotas"],"verbs":["update","patch"]}]}""");
        await RefusedAsync(403, admin, HttpMethod.Patch, Project + "/resourcequotas/q/status", """{"status":{"used":{"configmaps":"7"}}}""");
        await DoAsync(admin, HttpMethod.Patch, Project + "/resourcequotas/q", Raised);
    }
}
