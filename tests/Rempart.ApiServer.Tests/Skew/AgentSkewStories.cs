using Rempart.Api.Versions;
using Rempart.ApiServer.Tests.Http;

namespace Rempart.ApiServer.Tests.Skew;

/// <summary>Agents of other versions at a server of 0.2.0.</summary>
public sealed class AgentSkewStories
{
    [Theory]
    [InlineData("rempart-node/0.1.9", 200, "")]
    [InlineData("rempart-node/0.2.4", 200, "")]
    [InlineData("rempart-node", 200, "")]
    [InlineData("kubectl/v1.32.0", 200, "")]
    [InlineData("rempart-node/0.3.0", 403, "this agent is version `0.3.0` and the server `0.2.0`: an agent is never newer than its servers")]
    [InlineData("rempart-node/0.0.9", 403, "this agent is version `0.0.9` and the server `0.2.0`: an agent is at most one minor version behind")]
    public async Task An_agent_that_does_not_fit_is_told_so(string program, int code, string says)
    {
        await using var server = await TestServer.StartAsync(change: options => options with { Version = new ProgramVersion(0, 2, 0) });
        server.Client.DefaultRequestHeaders.UserAgent.ParseAdd(program);
        var (answered, body) = await server.GetAsync("/api/v1/nodes");
        Assert.Equal(code, answered);
        if (code == 200) return;
        Assert.StartsWith(says, (string?)body["message"], StringComparison.Ordinal);
        Assert.Equal("VersionSkew", (string?)body["details"]!["causes"]![0]!["reason"]);
    }
}
