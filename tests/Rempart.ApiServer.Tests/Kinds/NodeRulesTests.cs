using System.Text.Json.Nodes;
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

    private static async Task<(int Code, JsonObject Body)> SayAsync(TestServer server, IEnumerable<(string Type, string Address)> addresses)
    {
        using var node = server.ClientOf("system:node:host1,O=system:nodes");
        var told = new JsonArray([.. addresses.Select(each => (JsonNode)new JsonObject { ["type"] = each.Type, ["address"] = each.Address })]);
        return await server.SendAsync(HttpMethod.Patch, "/api/v1/nodes/host1/status", new JsonObject { ["status"] = new JsonObject { ["addresses"] = told } }.ToJsonString(), "application/merge-patch+json", node);
    }
}
