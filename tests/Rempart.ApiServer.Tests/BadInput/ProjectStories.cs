using Rempart.ApiServer.Tests.Authorization;
using static Rempart.ApiServer.Tests.Authorization.SecureServer;

namespace Rempart.ApiServer.Tests.BadInput;

/// <summary>Ruth may do everything in project `red` and wants the network of project `blue`.</summary>
public sealed class ProjectStories : IAsyncLifetime
{
    private const string Networking = "/apis/network.rempart.dev/v1/namespaces/";

    private SecureServer server = null!;

    public async ValueTask InitializeAsync()
    {
        server = await SecureServer.StartAsync();
        foreach (var project in new[] { "red", "blue" })
        {
            await DoAsync(server.Admin, HttpMethod.Post, "/api/v1/namespaces", $$$"""{"metadata":{"name":"{{{project}}}"}}""");
            await DoAsync(server.Admin, HttpMethod.Post, $"{Networking}{project}/networks", """{"metadata":{"name":"net"},"spec":{"type":"Routed","subnet":"10.9.0.0/24"}}""");
        }

        await DoAsync(server.Admin, HttpMethod.Post, "/apis/rbac.authorization.k8s.io/v1/namespaces/red/rolebindings",
            """{"metadata":{"name":"ruth"},"roleRef":{"apiGroup":"rbac.authorization.k8s.io","kind":"ClusterRole","name":"admin"},"subjects":[{"kind":"User","apiGroup":"rbac.authorization.k8s.io","name":"ruth"}]}""");
    }

    [Theory]
    [InlineData("GET", "networks/net", null)]
    [InlineData("GET", "networks", null)]
    [InlineData("PATCH", "networks/net", """{"spec":{"mtu":1400}}""")]
    [InlineData("DELETE", "networks/net", null)]
    [InlineData("POST", "networkinterfaces", """{"metadata":{"name":"nic"},"spec":{"network":"net"}}""")]
    public async Task Another_projects_network(string method, string path, string? body)
    {
        using var ruth = server.ClientOf("ruth");
        Assert.Contains("User \"ruth\" cannot ", await server.ExpectAsync(ruth, $"{method} {Networking}blue/{path}", body, 403, "Forbidden"), StringComparison.Ordinal);
        Assert.Contains(server.Audit.Records, record => record is { User: "ruth", Decision: "deny", Status: 403, Namespace: "blue" });
        await DoAsync(ruth, HttpMethod.Get, Networking + "red/networks/net");
    }

    [Theory]
    [InlineData("blue/net")]
    [InlineData("../blue/networks/net")]
    public async Task Another_projects_network_from_an_interface_of_ones_own(string network)
    {
        using var ruth = server.ClientOf("ruth");
        Assert.Contains("spec.network: Invalid value", await server.ExpectAsync(ruth, $"POST {Networking}red/networkinterfaces", $$$"""{"metadata":{"name":"nic"},"spec":{"network":"{{{network}}}"}}""", 422, "Invalid", "spec.network"), StringComparison.Ordinal);
    }

    public async ValueTask DisposeAsync() => await server.DisposeAsync();
}
