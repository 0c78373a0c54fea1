using Rempart.ApiServer.Tests.Authorization;

namespace Rempart.ApiServer.Tests.Kinds;

/// <summary>Networks on wires: who may make them, and what they may say.</summary>
public sealed class ProviderNetworkStories : IAsyncLifetime
{
    private const string Networks = "/apis/network.rempart.dev/v1/namespaces/default/networks";
    private SecureServer server = null!;

    public async ValueTask InitializeAsync() => server = await SecureServer.StartAsync();

    public async ValueTask DisposeAsync() => await server.DisposeAsync();

    [Fact]
    public async Task Who_has_all_of_a_project_has_no_wire_before_it_is_given()
    {
        await SecureServer.DoAsync(server.Admin, HttpMethod.Post, "/apis/rbac.authorization.k8s.io/v1/namespaces/default/rolebindings", """
            {"metadata":{"name":"ada"},"roleRef":{"apiGroup":"rbac.authorization.k8s.io","kind":"ClusterRole","name":"admin"},"subjects":[{"apiGroup":"rbac.authorization.k8s.io","kind":"User","name":"ada"}]}
            """);
        var ada = server.ClientOf("ada");
        await SecureServer.DoAsync(ada, HttpMethod.Post, Networks, Network("plain", """{"type":"Internal","subnet":"10.66.0.0/24"}"""));
        const string OnWire = """{"type":"Internal","subnet":"10.66.0.0/24","provider":{"network":"floor","vlan":120}}""";
        Assert.Contains("may not use provider network `floor`", await SecureServer.RefusedAsync(403, ada, HttpMethod.Post, Networks, Network("wire", OnWire)), StringComparison.Ordinal);
        await SecureServer.RefusedAsync(422, ada, HttpMethod.Patch, $"{Networks}/plain", """{"spec":{"provider":{"network":"floor"}}}""");

        await SecureServer.DoAsync(server.Admin, HttpMethod.Post, "/apis/rbac.authorization.k8s.io/v1/clusterroles", """
            {"metadata":{"name":"floor"},"rules":[{"verbs":["use"],"apiGroups":["infra.rempart.dev"],"resources":["providernetworks"],"resourceNames":["floor"]}]}
            """);
        await SecureServer.DoAsync(server.Admin, HttpMethod.Post, "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings", """
            {"metadata":{"name":"floor"},"roleRef":{"apiGroup":"rbac.authorization.k8s.io","kind":"ClusterRole","name":"floor"},"subjects":[{"apiGroup":"rbac.authorization.k8s.io","kind":"User","name":"ada"}]}
            """);
        await SecureServer.DoAsync(ada, HttpMethod.Post, Networks, Network("wire", OnWire));
        await SecureServer.RefusedAsync(403, ada, HttpMethod.Post, Networks, Network("other", OnWire.Replace("floor", "vault", StringComparison.Ordinal)));
        // A VLAN is one network; what is of it already can be changed by who may change it.
        Assert.Contains("is network `default/wire` already", await SecureServer.RefusedAsync(422, ada, HttpMethod.Post, Networks, Network("again", OnWire)), StringComparison.Ordinal);
        await SecureServer.DoAsync(ada, HttpMethod.Patch, $"{Networks}/wire", """{"spec":{"mtu":1400}}""");
    }

    [Theory]
    [InlineData("""{"type":"Routed","subnet":"10.66.0.0/24","provider":{"network":"floor"}}""", "spec.type")]
    [InlineData("""{"type":"Internal","provider":{"network":"floor"}}""", "spec.subnet")]
    [InlineData("""{"type":"Internal","subnet":"10.66.0.0/24","provider":{"network":"a,b"}}""", "spec.provider.network")]
    [InlineData("""{"type":"Internal","subnet":"10.66.0.0/24","provider":{"network":"floor","vlan":4095}}""", "spec.provider.vlan")]
    public async Task What_can_not_be_a_wire_is_refused(string spec, string field) =>
        Assert.Contains(field, await SecureServer.RefusedAsync(422, server.Admin, HttpMethod.Post, Networks, Network("wire", spec)), StringComparison.Ordinal);

    private static string Network(string name, string spec) => $$"""{"apiVersion":"network.rempart.dev/v1","kind":"Network","metadata":{"name":"{{name}}"},"spec":{{spec}}}""";
}
