using Rempart.ApiServer.Flow;
using Rempart.ApiServer.Tests.Http;

namespace Rempart.ApiServer.Tests.Flow;

/// <summary>kubectl that is refused with 429 waits as long as it is told and asks again; its user notices a pause.</summary>
[Trait("level", "real")]
public sealed class KubectlPatienceTests
{
    [Fact]
    public async Task A_refused_kubectl_comes_again_by_itself()
    {
        await using var server = await TestServer.StartAsync(change: options => options with
        {
            Flow = options.Flow with { Tenants = options.Flow.Tenants with { Requests = new FlowRate(0.5, 2) } },
        });
        using var kubectl = new KubectlShell(server);
        await kubectl.RunAsync("create cm patient --from-literal=a=b");
        for (var i = 0; i < 2; i++) Assert.Equal("b", await kubectl.RunAsync("get cm patient -o jsonpath={.data.a}"));
        Assert.Contains(server.Audit.Records, record => record is { User: "alice", Status: 429 });
    }
}
