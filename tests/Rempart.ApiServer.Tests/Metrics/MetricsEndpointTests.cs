using Rempart.ApiServer.Tests.Http;

namespace Rempart.ApiServer.Tests.Metrics;

public sealed class MetricsEndpointTests
{
    [Fact]
    public async Task Metrics_say_their_format_and_are_for_those_who_show_a_certificate()
    {
        await using var server = await TestServer.StartAsync(change: options => options with { Metrics = () => "told 1\n" });
        using var answer = await server.Client.GetAsync("/metrics", TestContext.Current.CancellationToken);
        Assert.Equal("text/plain; version=0.0.4; charset=utf-8", answer.Content.Headers.ContentType?.ToString());
        Assert.Equal("told 1\n", await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        using var nobody = server.ClientOf(null);
        using var refused = await nobody.GetAsync("/metrics", TestContext.Current.CancellationToken);
        Assert.Equal(401, (int)refused.StatusCode);
    }

    [Fact]
    public async Task A_server_without_metrics_has_no_such_path()
    {
        await using var server = await TestServer.StartAsync();
        Assert.Equal(404, (await server.GetAsync("/metrics")).Code);
    }
}
