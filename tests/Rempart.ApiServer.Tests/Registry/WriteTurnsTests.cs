using Rempart.ApiServer.Registry;
using Rempart.ApiServer.Tests.Http;

namespace Rempart.ApiServer.Tests.Registry;

public sealed class WriteTurnsTests
{
    private const string Map = "/api/v1/namespaces/default/configmaps/hot";

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task One_at_a_time_for_a_key_and_nothing_is_left_of_those_who_have_gone()
    {
        var turns = new WriteTurns();
        var first = await turns.EnterAsync("a", Stop);
        using (await turns.EnterAsync("b", Stop)) Assert.Equal(2, turns.Count);
        var second = turns.EnterAsync("a", Stop).AsTask();
        using var impatient = new CancellationTokenSource();
        var third = turns.EnterAsync("a", impatient.Token).AsTask();
        Assert.False(second.IsCompleted);
        await impatient.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => third);
        first.Dispose();
        first.Dispose();
        (await second).Dispose();
        Assert.Equal(0, turns.Count);
    }

    [Fact]
    public async Task Many_who_change_one_object_without_a_version_all_succeed_and_nothing_is_lost()
    {
        await using var server = await TestServer.StartAsync();
        await server.PostAsync("/api/v1/namespaces/default/configmaps", """{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"hot"}}""");
        var codes = await Task.WhenAll(Enumerable.Range(0, 64).Select(async i =>
            (await server.SendAsync(HttpMethod.Patch, Map, $$$"""{"data":{"k{{{i}}}":"v"}}""", "application/merge-patch+json")).Code));
        Assert.All(codes, code => Assert.Equal(200, code));
        Assert.Equal(64, (await server.GetAsync(Map)).Body["data"]!.AsObject().Count);
    }
}
