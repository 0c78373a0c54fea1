using System.Text;
using Rempart.ApiServer.Tests.Http;
using Rempart.Store;

namespace Rempart.ApiServer.Tests.Quotas;

/// <summary>Many writers, several servers over one store: what is used is never above its limit, and is what there is.</summary>
public sealed class QuotaConcurrencyTests
{
    private const string Maps = "/api/v1/namespaces/default/configmaps";
    private const string Quotas = "/api/v1/namespaces/default/resourcequotas";

    // Of whoever should have come by then.
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task Of_64_creators_exactly_as_many_get_a_place_as_there_are(int count)
    {
        await using var world = await QuotaWorld.StartAsync(count);
        var servers = world.Servers;
        Assert.Equal(201, (await servers[0].PostAsync(Quotas, Quota("q", "100"))).Code);
        var made = 0;
        await Task.WhenAll(Enumerable.Range(0, 64).Select(async creator =>
        {
            var server = servers[creator % count];
            for (var i = 0; i < 3; i++)
            {
                var (code, body) = await server.PostAsync(Maps, $$$"""{"metadata":{"name":"m-{{{creator}}}-{{{i}}}"}}""");
                Assert.True(code is 201 or 403, body.ToJsonString());
                if (code == 201) Interlocked.Increment(ref made);
            }
        }));
        Assert.Equal(100, made);
        Assert.Equal("100", await UsedAsync(servers[0]));
        Assert.Equal(100, (await servers[^1].GetAsync(Maps)).Body["items"]!.AsArray().Count);
        await world.NothingIsWrongAsync("default");
    }

    [Fact]
    public async Task However_much_is_written_a_quota_can_be_changed_and_deleted()
    {
        await using var world = await QuotaWorld.StartAsync(1);
        var server = world.Servers[0];
        using var stop = new CancellationTokenSource();
        Assert.Equal(201, (await server.PostAsync(Quotas, Quota("q", "1000"))).Code);
        var writers = Enumerable.Range(0, 24).Select(async writer =>
        {
            while (!stop.IsCancellationRequested)
            {
                Assert.Equal(201, (await server.PostAsync(Maps, $$$"""{"metadata":{"name":"m-{{{writer}}}"}}""")).Code);
                Assert.Equal(200, (await server.DeleteAsync($"{Maps}/m-{writer}")).Code);
            }
        }).ToList();
        for (var i = 0; i < 12; i++)
        {
            var (code, body) = await server.PatchAsync(Quotas + "/q", $$$"""{"spec":{"hard":{"configmaps":"{{{100 + i}}}"} } }""");
            Assert.True(code == 200, body.ToJsonString());
        }

        Assert.Equal(200, (await server.DeleteAsync(Quotas + "/q")).Code);
        await stop.CancelAsync();
        await Task.WhenAll(writers);
        await world.NothingIsWrongAsync("default");
    }

    [Fact]
    public async Task A_creation_that_began_before_a_quota_is_held_to_it()
    {
        await using var world = await QuotaWorld.StartAsync(2);
        var (held, go) = (new TaskCompletionSource(), new TaskCompletionSource());
        world.Ways[1].Before = writes => Hold(writes, "configmaps/default/late", held, go);
        var late = world.Servers[1].PostAsync(Maps, """{"metadata":{"name":"late"}}""");
        await held.Task.WaitAsync(Patience);
        Assert.Equal(201, (await world.Servers[0].PostAsync(Quotas, Quota("q", "0"))).Code);
        go.SetResult();
        var (code, body) = await late.WaitAsync(Patience);
        Assert.Equal(403, code);
        Assert.Contains("exceeded quota: q, requested: configmaps=1, used: configmaps=0, limited: configmaps=0", body["message"]!.GetValue<string>(), StringComparison.Ordinal);
        await world.NothingIsWrongAsync("default");
    }

    [Fact]
    public async Task A_deletion_that_began_before_a_quota_is_counted()
    {
        await using var world = await QuotaWorld.StartAsync(2);
        Assert.Equal(201, (await world.Servers[0].PostAsync(Maps, """{"metadata":{"name":"late"}}""")).Code);
        var (held, go) = (new TaskCompletionSource(), new TaskCompletionSource());
        world.Ways[1].Before = writes => Hold(writes, "configmaps/default/late", held, go);
        var late = world.Servers[1].DeleteAsync(Maps + "/late");
        await held.Task.WaitAsync(Patience);
        Assert.Equal(201, (await world.Servers[0].PostAsync(Quotas, Quota("q", "2"))).Code);
        Assert.Equal(201, (await world.Servers[0].PostAsync(Maps, """{"metadata":{"name":"other"}}""")).Code);
        Assert.Equal("2", await UsedAsync(world.Servers[0]));
        go.SetResult();
        Assert.Equal(200, (await late.WaitAsync(Patience)).Code);
        Assert.Equal("1", await UsedAsync(world.Servers[0]));
        await world.NothingIsWrongAsync("default");
    }

    [Fact]
    public async Task Nothing_is_created_in_a_project_whose_deletion_began_in_the_same_moment()
    {
        await using var world = await QuotaWorld.StartAsync(2);
        Assert.Equal(201, (await world.Servers[0].PostAsync("/api/v1/namespaces", """{"metadata":{"name":"gone"}}""")).Code);
        var (held, go) = (new TaskCompletionSource(), new TaskCompletionSource());
        world.Ways[1].Before = writes => Hold(writes, "configmaps/gone/late", held, go);
        var late = world.Servers[1].PostAsync("/api/v1/namespaces/gone/configmaps", """{"metadata":{"name":"late"}}""");
        await held.Task.WaitAsync(Patience);
        Assert.Equal(200, (await world.Servers[0].DeleteAsync("/api/v1/namespaces/gone")).Code);
        go.SetResult();
        var (code, body) = await late.WaitAsync(Patience);
        Assert.Equal(403, code);
        Assert.Contains("because it is being terminated", body["message"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.Empty((await world.Servers[0].GetAsync("/api/v1/namespaces/gone/configmaps")).Body["items"]!.AsArray());
    }

    [Fact]
    public async Task What_was_written_past_the_server_is_found_set_right_and_told()
    {
        await using var world = await QuotaWorld.StartAsync(1);
        var server = world.Servers[0];
        Assert.Equal(201, (await server.PostAsync(Quotas, Quota("q", "5"))).Code);
        Assert.Equal(201, (await server.PostAsync(Maps, """{"metadata":{"name":"a"}}""")).Code);
        await world.Store.CommitAsync([new StoreWrite("/registry/core/configmaps/default/smuggled", Encoding.UTF8.GetBytes("""{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"smuggled","namespace":"default"}}"""), 0)], CancellationToken.None);
        Assert.Equal(2, (await server.GetAsync(Maps)).Body["items"]!.AsArray().Count);
        Assert.Equal([("q", "configmaps was 1 instead of 2")], await server.Host.RecountAsync("default"));
        Assert.Equal("2", await UsedAsync(server));
        Assert.Empty(await server.Host.RecountAsync("default"));
    }

    private static string Quota(string name, string maps) => $$$"""{"metadata":{"name":"{{{name}}}"},"spec":{"hard":{"configmaps":"{{{maps}}}"} } }""";

    private static async Task<string?> UsedAsync(TestServer server) => (await server.GetAsync(Quotas + "/q")).Body["status"]!["used"]!["configmaps"]!.GetValue<string>();

    private static async Task Hold(IReadOnlyList<StoreWrite> writes, string key, TaskCompletionSource held, TaskCompletionSource go)
    {
        if (!writes.Any(write => write.Key.EndsWith(key, StringComparison.Ordinal))) return;
        held.TrySetResult();
        await go.Task;
    }
}
