using Rempart.Api.Audit;
using Rempart.ApiServer.Tests.Http;
using Rempart.Store;
using Rempart.Testing.Time;

namespace Rempart.ApiServer.Tests.Quotas;

/// <summary>Writes that share a commit because of a quota are each answered for what became of them.</summary>
public sealed class QuotaCommitTests
{
    private const string Maps = "/api/v1/namespaces/default/configmaps";
    private const string Quotas = "/api/v1/namespaces/default/resourcequotas";
    private const int Writers = 9;

    [Fact]
    public async Task What_is_too_much_for_one_commit_goes_in_several()
    {
        await using var world = await StartAsync();
        var (server, way) = (world.Servers[0], world.Ways[0]);
        var (sizes, maps) = (new List<long>(), new List<int>());
        way.Before = async writes =>
        {
            var count = writes.Count(write => write.Key.Contains("/configmaps/", StringComparison.Ordinal));
            // All others line up behind the first one.
            if (count > 0 && maps.Count == 0) await LinedUpAsync(server, Writers);
            maps.Add(count);
            sizes.Add(writes.Sum(write => (long)(write.Value?.Length ?? 0)));
            // As etcd's store does.
            if (sizes[^1] > 9 * 1024 * 1024) throw new StoreLimitException("too large");
        };
        // Each quote has two bytes in JSON.
        var codes = await Task.WhenAll(Enumerable.Range(0, Writers).Select(async i => (await server.PostAsync(Maps, $$$"""{"metadata":{"name":"big-{{{i}}}"},"data":{"v":"{{{string.Concat(Enumerable.Repeat("\\\"", 900_000))}}}"}}""")).Code));
        Assert.All(codes, code => Assert.Equal(201, code));
        Assert.All(sizes, size => Assert.InRange(size, 1, 9 * 1024 * 1024));
        Assert.Equal(Writers, maps.Sum());
        Assert.Contains(maps, count => count > 1);
        Assert.True(maps.Count(count => count > 0) > 2, "what lined up went in one commit");
    }

    [Fact]
    public async Task When_the_store_fails_only_what_was_sent_is_unknown()
    {
        await using var world = await StartAsync();
        var (server, way) = (world.Servers[0], world.Ways[0]);
        var (first, go) = (new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously), new TaskCompletionSource());
        var commits = 0;
        way.Before = async writes =>
        {
            if (!writes.Any(write => write.Key.Contains("/configmaps/", StringComparison.Ordinal))) return;
            if (Interlocked.Increment(ref commits) > 1) throw new StoreUnavailableException("whether the change was written is unknown", inner: null);
            first.TrySetResult();
            await go.Task;
        };
        var held = server.PostAsync(Maps, """{"metadata":{"name":"held"}}""");
        await first.Task.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
        // More than one commit has room for: these line up behind the one that is held.
        var others = Enumerable.Range(0, 20).Select(i => server.PostAsync(Maps, $$$"""{"metadata":{"name":"o-{{{i}}}"}}""")).ToList();
        await LinedUpAsync(server, 21);
        go.SetResult();
        Assert.Equal(201, (await held).Code);
        var answers = await Task.WhenAll(others);
        Assert.All(answers, answer => Assert.Equal(503, answer.Code));
        Assert.Contains(answers, answer => answer.Body["message"]!.GetValue<string>().Contains("nothing was changed", StringComparison.Ordinal));
        Assert.Contains(answers, answer => answer.Body["message"]!.GetValue<string>().Contains("unknown", StringComparison.Ordinal));
    }

    // A write is in its quota's line as soon as its intent is recorded.
    private static Task LinedUpAsync(TestServer server, int writers) =>
        Eventually.HoldsAsync($"{writers} in line", () => server.Audit.Records.Count(record => record is { Stage: AuditStage.Intent, Resource: "configmaps" }) >= writers, TestContext.Current.CancellationToken);

    private static async Task<QuotaWorld> StartAsync()
    {
        var world = await QuotaWorld.StartAsync(1);
        Assert.Equal(201, (await world.Servers[0].PostAsync(Quotas, """{"metadata":{"name":"q"},"spec":{"hard":{"configmaps":"100"}}}""")).Code);
        return world;
    }
}
