using System.Text;
using static Rempart.ApiServer.Tests.Authorization.SecureServer;

namespace Rempart.ApiServer.Tests.BadInput;

/// <summary>Groups whose rules let in groups that do not exist: taken, and said at once.</summary>
public sealed class PeerStories
{
    private const string Groups = "/apis/network.rempart.dev/v1/namespaces/red/securitygroups";

    [Theory]
    [InlineData("""{"ingress":[{"peers":[{"cidr":"0.0.0.0/0"},{"securityGroup":"gone"}]}]}""", "spec.ingress[0].peers[1].securityGroup: security group `gone` does not exist in this project: as a peer it matches nobody until it is made")]
    [InlineData("""{"ingress":[{"peers":[{"securityGroup":"gone"}]}],"egress":[{},{"peers":[{"securityGroup":"gone"},{"securityGroup":"lost"}]}]}""", "spec.ingress[0].peers[0].securityGroup: security group `gone`, spec.egress[1].peers[1].securityGroup: security group `lost` do not exist in this project: as peers they match nobody until they are made")]
    [InlineData("""{"ingress":[{"peers":[{"securityGroup":"own"},{"securityGroup":"there"}]},{}]}""", null)]
    public async Task A_peer_that_does_not_exist_is_warned_of_when_it_is_written(string spec, string? warning)
    {
        await using var server = await StartAsync();
        await DoAsync(server.Admin, HttpMethod.Post, "/api/v1/namespaces", """{"metadata":{"name":"red"}}""");
        await DoAsync(server.Admin, HttpMethod.Post, "/api/v1/namespaces", """{"metadata":{"name":"blue"}}""");
        await DoAsync(server.Admin, HttpMethod.Post, Groups, """{"metadata":{"name":"there"},"spec":{}}""");
        await DoAsync(server.Admin, HttpMethod.Post, Groups.Replace("red", "blue", StringComparison.Ordinal), """{"metadata":{"name":"gone"},"spec":{}}""");

        Assert.Equal(warning, await WarningAsync(server.Admin, HttpMethod.Post, Groups, $$"""{"metadata":{"name":"own"},"spec":{{spec}}}"""));
        Assert.Equal(warning, await WarningAsync(server.Admin, HttpMethod.Patch, $"{Groups}/own", """{"metadata":{"labels":{"a":"b"}}}"""));

        await DoAsync(server.Admin, HttpMethod.Post, Groups, """{"metadata":{"name":"gone"},"spec":{}}""");
        await DoAsync(server.Admin, HttpMethod.Post, Groups, """{"metadata":{"name":"lost"},"spec":{}}""");
        Assert.Null(await WarningAsync(server.Admin, HttpMethod.Patch, $"{Groups}/own", """{"metadata":{"labels":{"a":"c"}}}"""));
    }

    private static async Task<string?> WarningAsync(HttpClient client, HttpMethod method, string path, string body)
    {
        using var request = new HttpRequestMessage(method, path);
        request.Content = new StringContent(body, Encoding.UTF8, method == HttpMethod.Patch ? "application/merge-patch+json" : "application/json");
        using var response = await client.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        return response.Headers.TryGetValues("Warning", out var said) ? Assert.Single(said)["299 - \"".Length..^1] : null;
    }
}
