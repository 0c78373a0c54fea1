using System.Text.Json.Nodes;
using Rempart.ApiServer.Tests.Http;

namespace Rempart.ApiServer.Tests.Kinds;

/// <summary>What a host profile may say: hosts act on it as root.</summary>
public sealed class HostProfileRulesTests
{
    private const string Profiles = "/apis/infra.rempart.dev/v1/hostprofiles";

    [Fact]
    public async Task A_profile_is_kept_with_the_mode_of_its_bonds()
    {
        await using var server = await TestServer.StartAsync();
        var (code, body) = await server.SendAsync(HttpMethod.Post, Profiles, Profile("""
            {"hosts":{"matchLabels":{"topology.kubernetes.io/zone":"a"}},
             "bonds":[{"name":"bond0","devices":["eth2","eth3"]},{"name":"bond1","mode":"802.3ad","devices":["eth5"]}],
             "planes":[{"name":"migration","device":"bond0","prefix":"10.30.0.0/24"},{"name":"storage","prefix":"fd00:1::/64"}],
             "pools":[{"name":"fast","path":"/mnt/nvme/rempart"},{"name":"slow","path":"/mnt/nvme/rempart2"}],
             "providerNetworks":[{"name":"uplink","device":"eth4"}]}
            """));
        Assert.True(code == 201, body.ToJsonString());
        Assert.Equal(["active-backup", "802.3ad"], body["spec"]!["bonds"]!.AsArray().Select(bond => bond!["mode"]!.ToString()));
        Assert.Equal(201, (await server.SendAsync(HttpMethod.Post, Profiles, Profile("{}", "of-all-hosts"))).Code);
    }

    [Theory]
    [InlineData("""{"bonds":[{"name":"bond0","devices":[]}]}""", "spec.bonds[0].devices", "at least one device")]
    [InlineData("""{"bonds":[{"name":"bond0","devices":["eth1"]},{"name":"bond0","devices":["eth2"]}]}""", "spec.bonds[1].name", "Duplicate")]
    [InlineData("""{"bonds":[{"name":"bond0","devices":["eth1","eth1"]}]}""", "spec.bonds[0].devices[1]", "bond `bond0` already")]
    [InlineData("""{"bonds":[{"name":"bond0","devices":["eth1"]},{"name":"bond1","devices":["eth1"]}]}""", "spec.bonds[1].devices[0]", "bond `bond0` already")]
    [InlineData("""{"bonds":[{"name":"bond0","devices":["bond1"]},{"name":"bond1","devices":["eth1"]}]}""", "spec.bonds[0].devices[0]", "itself a bond")]
    [InlineData("""{"bonds":[{"name":"bond0","mode":"balance-rr","devices":["eth1"]}]}""", "spec.bonds[0].mode", "balance-rr")]
    [InlineData("""{"bonds":[{"name":"-help","devices":["eth1"]}]}""", "spec.bonds[0].name", "must be the name of a network device")]
    [InlineData("""{"bonds":[{"name":"a234567890123456","devices":["eth1"]}]}""", "spec.bonds[0].name", "1 to 15")]
    [InlineData("""{"bonds":[{"name":"bond0","devices":["et h1"]}]}""", "spec.bonds[0].devices[0]", "must be the name")]
    [InlineData("""{"bonds":[{"name":"bond0","devices":["lo"]}]}""", "spec.bonds[0].devices[0]", "loopback")]
    [InlineData("""{"bonds":[{"name":"bond0","devices":["rp-l0"]}]}""", "spec.bonds[0].devices[0]", "Rempart's own")]
    [InlineData("""{"bonds":[{"name":"bond0","devices":["a","b","c","d","e","f","g","h","i"]}]}""", "spec.bonds[0].devices", "at most 8")]
    [InlineData("""{"planes":[{"name":"migration"}]}""", "spec.planes[0]", "`device`, `prefix` or both")]
    [InlineData("""{"planes":[{"name":"backup","device":"eth1"}]}""", "spec.planes[0].name", "migration")]
    [InlineData("""{"planes":[{"name":"storage","device":"eth1"},{"name":"storage","device":"eth2"}]}""", "spec.planes[1].name", "Duplicate")]
    [InlineData("""{"planes":[{"name":"storage","prefix":"10.30.0.1/24"}]}""", "spec.planes[0].prefix", "no bits beyond")]
    [InlineData("""{"planes":[{"name":"storage","prefix":"10.30.0.0"}]}""", "spec.planes[0].prefix", "no bits beyond")]
    [InlineData("""{"planes":[{"name":"storage","prefix":"010.30.0.0/24"}]}""", "spec.planes[0].prefix", "no bits beyond")]
    [InlineData("""{"planes":[{"name":"storage","prefix":"0.0.0.0/0"}]}""", "spec.planes[0].prefix", "wider")]
    [InlineData("""{"planes":[{"name":"storage","prefix":"127.0.0.0/8"}]}""", "spec.planes[0].prefix", "reach each other")]
    [InlineData("""{"planes":[{"name":"storage","prefix":"fe80::/64"}]}""", "spec.planes[0].prefix", "reach each other")]
    [InlineData("""{"bonds":[{"name":"bond0","devices":["eth1"]}],"planes":[{"name":"storage","device":"eth1"}]}""", "spec.planes[0].device", "part of bond `bond0`")]
    [InlineData("""{"pools":[{"name":"fast","path":"mnt"}]}""", "spec.pools[0].path", "absolute")]
    [InlineData("""{"pools":[{"name":"fast","path":"/mnt/../etc"}]}""", "spec.pools[0].path", "absolute")]
    [InlineData("""{"pools":[{"name":"fast","path":"/mnt//a"}]}""", "spec.pools[0].path", "absolute")]
    [InlineData("""{"pools":[{"name":"fast","path":"/"}]}""", "spec.pools[0].path", "absolute")]
    [InlineData("""{"pools":[{"name":"fast","path":"/etc/cron.d"}]}""", "spec.pools[0].path", "the system's own")]
    [InlineData("""{"pools":[{"name":"fast","path":"/mnt/a"},{"name":"slow","path":"/mnt/a/b"}]}""", "spec.pools[1].path", "pool `fast`")]
    [InlineData("""{"pools":[{"name":"fast","path":"/mnt/a"},{"name":"fast","path":"/mnt/b"}]}""", "spec.pools[1].name", "Duplicate")]
    [InlineData("""{"pools":[{"name":"Fast!","path":"/mnt/a"}]}""", "spec.pools[0].name", "subdomain")]
    [InlineData("""{"providerNetworks":[{"name":"a,b:c","device":"eth1"}]}""", "spec.providerNetworks[0].name", "label")]
    [InlineData("""{"bonds":[{"name":"bond0","devices":["eth1"]}],"providerNetworks":[{"name":"up","device":"bond0"}]}""", "spec.providerNetworks[0].device", "is a bond")]
    [InlineData("""{"bonds":[{"name":"bond0","devices":["eth1"]}],"providerNetworks":[{"name":"up","device":"eth1"}]}""", "spec.providerNetworks[0].device", "part of bond `bond0`")]
    [InlineData("""{"planes":[{"name":"storage","device":"eth1"}],"providerNetworks":[{"name":"up","device":"eth1"}]}""", "spec.planes[0].device", "part of provider network `up`")]
    [InlineData("""{"hosts":{"matchLabels":{"no label":"a"}}}""", "spec.hosts.matchLabels", "no label")]
    [InlineData("""{"hosts":{"matchExpressions":[{"key":"rack","operator":"Gt","values":["3"]}]}}""", "spec.hosts.matchExpressions[0].operator", "Gt")]
    public async Task What_a_host_could_not_follow_is_refused_with_its_field(string spec, string field, string said)
    {
        await using var server = await TestServer.StartAsync();
        var (code, body) = await server.SendAsync(HttpMethod.Post, Profiles, Profile(spec));
        Assert.True(code == 422, body.ToJsonString());
        var cause = body["details"]!["causes"]!.AsArray().FirstOrDefault(cause => cause!["field"]!.ToString() == field);
        Assert.True(cause?["message"]?.ToString().Contains(said, StringComparison.Ordinal) == true, body.ToJsonString());
    }

    private static string Profile(string spec, string name = "rack-a") => new JsonObject
    {
        ["apiVersion"] = "infra.rempart.dev/v1", ["kind"] = "HostProfile", ["metadata"] = new JsonObject { ["name"] = name }, ["spec"] = JsonNode.Parse(spec),
    }.ToJsonString();
}
