using Rempart.ApiServer.Tests.Authorization;
using static Rempart.ApiServer.Tests.Authorization.SecureServer;

namespace Rempart.ApiServer.Tests.BadInput;

/// <summary>Networks, interfaces and groups that can't be: the field and the rule are named.</summary>
public sealed class NetworkStories : IAsyncLifetime
{
    private const string Networking = "/apis/network.rempart.dev/v1/namespaces/red/";

    private SecureServer server = null!;

    public async ValueTask InitializeAsync()
    {
        server = await SecureServer.StartAsync();
        await DoAsync(server.Admin, HttpMethod.Post, "/api/v1/namespaces", """{"metadata":{"name":"red"}}""");
    }

    [Theory]
    [InlineData("networks", """{"type":"Bridged"}""", "spec.type", "`Bridged` must be `Routed` or `Internal`")]
    [InlineData("networks", """{"type":"Routed","subnet":"192.0.2.0/24"}""", "spec.subnet", "only private addresses can be chosen")]
    [InlineData("networks", """{"type":"Routed","subnet":"10.1.2.1/24"}""", "spec.subnet", "its host bits zero")]
    [InlineData("networks", """{"type":"Routed","subnet":"10.1.2.0/29"}""", "spec.subnet", "/16 to /28")]
    [InlineData("networks", """{"type":"Routed","mtu":100}""", "spec.mtu", "100 must be 1280 to 9000")]
    [InlineData("networkinterfaces", """{"network":"net","mac":"0e:52:00:00:00:01"}""", "spec.mac", "begins with `0e:52:`, which is kept for routers")]
    [InlineData("networkinterfaces", """{"network":"net","mac":"01:00:00:00:00:01"}""", "spec.mac", "multicast")]
    [InlineData("networkinterfaces", """{"network":"net","address":"10.1.2.300"}""", "spec.address", "must be an IPv4 address")]
    [InlineData("networkinterfaces", """{"network":"net","hostname":"Web"}""", "spec.hostname", "must be a DNS label")]
    [InlineData("networkinterfaces", """{"network":"net","securityGroups":["a","a"]}""", "spec.securityGroups[1]", "`a` is named twice")]
    [InlineData("securitygroups", """{"ingress":[{"peers":[]}]}""", "spec.ingress[0].peers", "must name somebody; leave it out for anyone")]
    [InlineData("securitygroups", """{"ingress":[{"peers":[{"cidr":"10.0.0.0/8","securityGroup":"a"}]}]}""", "spec.ingress[0].peers[0]", "exactly one of")]
    [InlineData("securitygroups", """{"egress":[{"peers":[{"cidr":"10.0.0.1/8"}]}]}""", "spec.egress[0].peers[0].cidr", "its host bits zero")]
    [InlineData("securitygroups", """{"egress":[{"protocol":"ICMP","ports":[{"port":1}]}]}""", "spec.egress[0].ports", "only TCP and UDP have ports")]
    [InlineData("securitygroups", """{"ingress":[{"protocol":"TCP","ports":[{"port":0}]}]}""", "spec.ingress[0].ports[0].port", "0 must be 1 to 65535")]
    [InlineData("securitygroups", """{"ingress":[{"protocol":"TCP","ports":[{"port":80,"endPort":79}]}]}""", "spec.ingress[0].ports[0].endPort", "79 must be at least `port`")]
    [InlineData("securitygroups", """{"ingress":[{"protocol":"SCTP"}]}""", "spec.ingress[0].protocol", "`SCTP` must be")]
    public async Task What_can_not_be_is_refused(string kind, string spec, string field, string rule) =>
        Assert.Contains(rule, await server.ExpectAsync(server.Admin, $"POST {Networking}{kind}", $$$"""{"metadata":{"name":"x"},"spec":{{{spec}}}}""", 422, "Invalid", field), StringComparison.Ordinal);

    public async ValueTask DisposeAsync() => await server.DisposeAsync();
}
