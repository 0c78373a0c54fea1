using Rempart.ApiServer.Tests.Authorization;
using static Rempart.ApiServer.Tests.Authorization.SecureServer;

namespace Rempart.ApiServer.Tests.BadInput;

/// <summary>An interface is in network `net` and group `web`, and group `peers` names `web`.</summary>
public sealed class NetworkUseStories : IAsyncLifetime
{
    private const string Networking = "/apis/network.rempart.dev/v1/namespaces/red/";

    private SecureServer server = null!;

    public async ValueTask InitializeAsync()
    {
        server = await SecureServer.StartAsync();
        await DoAsync(server.Admin, HttpMethod.Post, "/api/v1/namespaces", """{"metadata":{"name":"red"}}""");
        await DoAsync(server.Admin, HttpMethod.Post, $"{Networking}networks", """{"metadata":{"name":"net"},"spec":{"type":"Routed"}}""");
        await DoAsync(server.Admin, HttpMethod.Post, $"{Networking}securitygroups", """{"metadata":{"name":"web"},"spec":{"ingress":[{"peers":[{"securityGroup":"web"}]}]}}""");
        await DoAsync(server.Admin, HttpMethod.Post, $"{Networking}securitygroups", """{"metadata":{"name":"peers"},"spec":{"ingress":[{"peers":[{"securityGroup":"web"}]}]}}""");
        await DoAsync(server.Admin, HttpMethod.Post, $"{Networking}networkinterfaces", """{"metadata":{"name":"nic"},"spec":{"network":"net","securityGroups":["web"]}}""");
    }

    [Fact]
    public async Task What_is_in_use_is_not_deleted_until_it_is_not()
    {
        Assert.Contains("it is in use by NetworkInterface `nic` (spec.network)", await server.ExpectAsync(server.Admin, $"DELETE {Networking}networks/net", null, 409, "Conflict", "spec.network"), StringComparison.Ordinal);
        var refusal = await server.ExpectAsync(server.Admin, $"DELETE {Networking}securitygroups/web", null, 409, "Conflict", "spec.securityGroups", "spec.ingress");
        Assert.Contains("NetworkInterface `nic` (spec.securityGroups), SecurityGroup `peers` (spec.ingress)", refusal, StringComparison.Ordinal);

        await DoAsync(server.Admin, HttpMethod.Delete, $"{Networking}networkinterfaces/nic");
        await DoAsync(server.Admin, HttpMethod.Delete, $"{Networking}networks/net");
        await DoAsync(server.Admin, HttpMethod.Delete, $"{Networking}securitygroups/peers");
        await DoAsync(server.Admin, HttpMethod.Delete, $"{Networking}securitygroups/web");
    }

    [Fact]
    public async Task A_project_that_is_deleted_loses_them_in_any_order()
    {
        await DoAsync(server.Admin, HttpMethod.Delete, "/api/v1/namespaces/red");

        await DoAsync(server.Admin, HttpMethod.Delete, $"{Networking}networks/net");
        await DoAsync(server.Admin, HttpMethod.Delete, $"{Networking}securitygroups/web");
    }

    public async ValueTask DisposeAsync() => await server.DisposeAsync();
}
