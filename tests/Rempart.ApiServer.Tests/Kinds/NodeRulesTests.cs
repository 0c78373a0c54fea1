using System.Text.Json.Nodes;
using Rempart.Api.Infra;
using Rempart.ApiServer.Tests.Http;
using Rempart.ApiServer.Tests.Placement;

namespace Rempart.ApiServer.Tests.Kinds;

/// <summary>What a node says of itself and others act on.</summary>
public sealed class NodeRulesTests
{
    [Theory]
    [InlineData("InternalIP", "10.0.0.7", true)]
    [InlineData("rempart.dev/tenant", "fd00::7", true)]
    [InlineData("Hostname", "host1", true)]
    [InlineData("InternalIP", "host1", false)]
    [InlineData("InternalIP", "127.0.0.1", false)]
    [InlineData("InternalIP", "::1", false)]
    [InlineData("ExternalIP", "0.0.0.0", false)]
    [InlineData("ExternalIP", "::", false)]
    [InlineData("rempart.dev/storage", "239.1.2.3", false)]
    [InlineData("rempart.dev/storage", "ff02::1", false)]
    [InlineData("rempart.dev/storage", "255.255.255.255", false)]
    [InlineData("rempart.dev/storage", "::ffff:10.0.0.1", false)]
    public async Task An_address_of_a_host_is_one_that_a_host_can_have(string type, string address, bool accepted)
    {
        await using var server = await TestServer.StartAsync();
        await PlacementWorld.HostAsync(server, "host1");
        var (code, body) = await SayAsync(server, [(type, address)]);
        Assert.True(code == (accepted ? 200 : 422), body.ToJsonString());
        if (!accepted) Assert.Equal("status.addresses[0].address", body["details"]!["causes"]![0]!["field"]!.GetValue<string>());
    }

    [Fact]
    public async Task A_host_has_sixteen_addresses_at_most()
    {
        await using var server = await TestServer.StartAsync();
        await PlacementWorld.HostAsync(server, "host1");
        Assert.Equal(200, (await SayAsync(server, [.. Enumerable.Range(1, 16).Select(i => ("InternalIP", $"10.0.0.{i}"))])).Code);
        var (code, body) = await SayAsync(server, [.. Enumerable.Range(1, 17).Select(i => ("InternalIP", $"10.0.0.{i}"))]);
        Assert.True(code == 422 && body["details"]!["causes"]![0]!["field"]!.GetValue<string>() == "status.addresses", body.ToJsonString());
    }

    [Theory]
    [InlineData(HostCpu.MostFlags, "cpu.flags")]
    [InlineData(HostStatus.MostParts, "pools")]
    [InlineData(HostStatus.MostParts, "providerNetworks")]
    [InlineData(HostStatus.MostParts, "disks")]
    public async Task What_a_host_is_made_of_is_bounded(int most, string list)
    {
        await using var server = await TestServer.StartAsync();
        await PlacementWorld.HostAsync(server, "host1");
        await server.Host.Writer.CreateAsync(new Host { Metadata = new() { Name = "host1" } }, CancellationToken.None);
        Assert.Equal(200, (await TellAsync(most)).Code);
        var (code, body) = await TellAsync(most + 1);
        Assert.True(code == 422 && body["details"]!["causes"]![0]!["field"]!.GetValue<string>() == $"status.{list}", body.ToJsonString());

        async Task<(int Code, JsonObject Body)> TellAsync(int count)
        {
            var items = string.Join(',', Enumerable.Range(0, count).Select(i => list == "cpu.flags" ? $"\"f{i}\"" : $$"""{"name":"n{{i}}"}"""));
            var told = list == "cpu.flags" ? $$$"""{"cpu":{"flags":[{{{items}}}]}}""" : $$"""{"{{list}}":[{{items}}]}""";
            using var node = server.ClientOf("system:node:host1,O=system:nodes");
            return await server.SendAsync(HttpMethod.Patch, "/apis/infra.rempart.dev/v1/hosts/host1/status", $$$"""{"status":{{{told}}} }""", "application/merge-patch+json", node);
        }
    }

    [Fact]
    public async Task An_address_on_a_plane_lies_in_the_prefix_of_the_hosts_profile()
    {
        await using var server = await TestServer.StartAsync();
        await PlacementWorld.HostAsync(server, "host1");
        Assert.Equal(200, (await SayAsync(server, [("InternalIP", "10.0.0.1"), ("rempart.dev/migration", "192.0.2.1")])).Code);
        await server.Host.Writer.CreateAsync(new Host
        {
            Metadata = new() { Name = "host1" },
            Spec = new() { Profile = "rack-a", Planes = [new() { Name = "migration", Prefix = "10.30.0.0/24" }, new() { Name = "management", Device = "eth0", Prefix = "10.0.0.0/16" }] },
        }, CancellationToken.None);

        // What it claimed before the profile came may stay until its agent looks; other claims are held to it at once.
        Assert.Equal(200, (await SayAsync(server, [("InternalIP", "10.0.0.1"), ("rempart.dev/migration", "192.0.2.1"), ("rempart.dev/storage", "198.51.100.1")])).Code);
        Assert.Equal(200, (await SayAsync(server, [("InternalIP", "10.0.3.1"), ("rempart.dev/migration", "10.30.0.7")])).Code);
        var (code, body) = await SayAsync(server, [("InternalIP", "10.0.3.1"), ("rempart.dev/migration", "192.0.2.1")]);
        Assert.True(code == 403 && body["message"]!.GetValue<string>().Contains("outside of `10.30.0.0/24`, as host profile `rack-a` says", StringComparison.Ordinal), body.ToJsonString());
        Assert.Equal(403, (await SayAsync(server, [("InternalIP", "10.1.0.1")])).Code);
    }

    [Fact]
    public async Task A_node_says_nothing_of_how_it_should_be_set_up()
    {
        await using var server = await TestServer.StartAsync();
        await PlacementWorld.HostAsync(server, "host1");
        using var node = server.ClientOf("system:node:host1,O=system:nodes");
        const string Hosts = "/apis/infra.rempart.dev/v1/hosts";
        const string Named = """{"apiVersion":"infra.rempart.dev/v1","kind":"Host","metadata":{"name":"host1"}""";
        var (code, body) = await server.SendAsync(HttpMethod.Post, Hosts, Named + ""","spec":{"profile":"mine","pools":[{"name":"fast","path":"/srv/p"}]}}""", client: node);
        Assert.True(code == 403 && body["message"]!.GetValue<string>().Contains("host profiles say how hosts are set up", StringComparison.Ordinal), body.ToJsonString());
        Assert.Equal(201, (await server.SendAsync(HttpMethod.Post, Hosts, Named + "}", client: node)).Code);
        Assert.Equal(403, (await server.SendAsync(HttpMethod.Patch, $"{Hosts}/host1", """{"spec":{"profile":"mine"}}""", "application/merge-patch+json", node)).Code);
        Assert.Equal(200, (await server.SendAsync(HttpMethod.Patch, $"{Hosts}/host1/status", """{"spec":{"profile":"mine"},"status":{"memory":"1Gi","conditions":[{"type":"ProfileApplied","status":"True"}]}}""", "application/merge-patch+json", node)).Code);
        Assert.Null((await server.SendAsync(HttpMethod.Get, $"{Hosts}/host1", null, client: node)).Body["spec"]);
    }

    private static async Task<(int Code, JsonObject Body)> SayAsync(TestServer server, IEnumerable<(string Type, string Address)> addresses)
    {
        using var node = server.ClientOf("system:node:host1,O=system:nodes");
        var told = new JsonArray([.. addresses.Select(each => (JsonNode)new JsonObject { ["type"] = each.Type, ["address"] = each.Address })]);
        return await server.SendAsync(HttpMethod.Patch, "/api/v1/nodes/host1/status", new JsonObject { ["status"] = new JsonObject { ["addresses"] = told } }.ToJsonString(), "application/merge-patch+json", node);
    }
}
