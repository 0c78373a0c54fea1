using Rempart.ApiServer.Tests.Http;
using Rempart.Store.Sqlite;

namespace Rempart.ApiServer.Tests.Registry;

public sealed class RegistryTests
{
    private const string Maps = "/api/v1/namespaces/default/configmaps";

    [Fact]
    public async Task A_list_goes_on_at_the_state_that_it_began_with()
    {
        await using var server = await TestServer.StartAsync();
        foreach (var name in (string[])["a", "b", "c", "d", "e"]) await server.PostAsync(Maps, $$$"""{"metadata":{"name":"{{{name}}}"}}""");
        var first = (await server.GetAsync(Maps + "?limit=2")).Body;
        Assert.Equal(["a", "b"], Names(first));
        Assert.Equal(3, first["metadata"]!["remainingItemCount"]!.GetValue<int>());
        await server.DeleteAsync(Maps + "/d");
        await server.PostAsync(Maps, """{"metadata":{"name":"bb"}}""");
        var next = (await server.GetAsync($"{Maps}?limit=2&continue={first["metadata"]!["continue"]}")).Body;
        Assert.Equal(["c", "d"], Names(next));
        Assert.Equal(first["metadata"]!["resourceVersion"]!.ToString(), next["metadata"]!["resourceVersion"]!.ToString());
        var last = (await server.GetAsync($"{Maps}?limit=2&continue={next["metadata"]!["continue"]}")).Body;
        Assert.Equal(["e"], Names(last));
        Assert.Null(last["metadata"]!["continue"]);
        Assert.Equal(400, (await server.GetAsync(Maps + "?limit=2&continue=nonsense")).Code);
    }

    [Fact]
    public async Task Selectors_choose_by_label_and_field()
    {
        await using var server = await TestServer.StartAsync();
        await server.PostAsync(Maps, """{"metadata":{"name":"a","labels":{"app":"web"}}}""");
        await server.PostAsync(Maps, """{"metadata":{"name":"b","labels":{"app":"db"}}}""");
        Assert.Equal(["a"], Names((await server.GetAsync(Maps + "?labelSelector=app%3Dweb")).Body));
        Assert.Equal(["b"], Names((await server.GetAsync(Maps + "?labelSelector=app+notin+(web)")).Body));
        Assert.Equal(["b"], Names((await server.GetAsync(Maps + "?fieldSelector=metadata.name%3Db")).Body));
        Assert.Equal(400, (await server.GetAsync(Maps + "?fieldSelector=data.x%3Db")).Code);
    }

    [Fact]
    public async Task A_finalizer_holds_an_object_until_it_is_taken_away()
    {
        await using var server = await TestServer.StartAsync();
        await server.PostAsync(Maps, """{"metadata":{"name":"a","finalizers":["example.com/hold"]}}""");
        var (code, marked) = await server.DeleteAsync(Maps + "/a");
        Assert.Equal(200, code);
        Assert.NotNull(marked["metadata"]!["deletionTimestamp"]);
        Assert.Equal(422, (await server.PatchAsync(Maps + "/a", """{"metadata":{"finalizers":["example.com/hold","example.com/more"]}}""")).Code);
        Assert.Equal(200, (await server.PatchAsync(Maps + "/a", """{"metadata":{"finalizers":null}}""")).Code);
        Assert.Equal(404, (await server.GetAsync(Maps + "/a")).Code);
    }

    [Fact]
    public async Task A_namespace_ends_when_it_is_finalized_and_takes_nothing_new_before()
    {
        await using var server = await TestServer.StartAsync();
        await server.PostAsync("/api/v1/namespaces", """{"metadata":{"name":"team"}}""");
        var (_, marked) = await server.DeleteAsync("/api/v1/namespaces/team");
        Assert.Equal("Terminating", marked["status"]!["phase"]!.GetValue<string>());
        var (code, refused) = await server.PostAsync("/api/v1/namespaces/team/configmaps", """{"metadata":{"name":"a"}}""");
        Assert.Equal(403, code);
        Assert.Equal("NamespaceTerminating", refused["details"]!["causes"]![0]!["reason"]!.GetValue<string>());
        marked["spec"]!["finalizers"] = new System.Text.Json.Nodes.JsonArray();
        Assert.Equal(200, (await server.PutAsync("/api/v1/namespaces/team/finalize", marked.ToJsonString())).Code);
        Assert.Equal(404, (await server.GetAsync("/api/v1/namespaces/team")).Code);
    }

    [Fact]
    public async Task Names_are_generated_preconditions_hold_and_dry_runs_write_nothing()
    {
        await using var server = await TestServer.StartAsync();
        var (_, made) = await server.PostAsync(Maps, """{"metadata":{"generateName":"job-"}}""");
        Assert.Matches("^job-[a-z0-9]{5}$", made["metadata"]!["name"]!.GetValue<string>());
        Assert.Equal(201, (await server.PostAsync(Maps + "?dryRun=All", """{"metadata":{"name":"dry"}}""")).Code);
        Assert.Equal(404, (await server.GetAsync(Maps + "/dry")).Code);
        await server.PostAsync(Maps, """{"metadata":{"name":"a"}}""");
        Assert.Equal(409, (await server.PostAsync(Maps, """{"metadata":{"name":"a"}}""")).Code);
        Assert.Equal(409, (await server.DeleteAsync(Maps + "/a", """{"preconditions":{"uid":"other"}}""")).Code);
        Assert.Equal(200, (await server.DeleteAsync(Maps)).Code);
        Assert.Empty((await server.GetAsync(Maps)).Body["items"]!.AsArray());
    }

    [Fact]
    public async Task What_SQLite_holds_is_served_again_after_a_restart()
    {
        var folder = Directory.CreateTempSubdirectory("rempart-registry-");
        try
        {
            string before;
            await using (var server = await TestServer.StartAsync(SqliteStore.Open(new SqliteStoreOptions { Path = Path.Combine(folder.FullName, "store", "s.db") })))
            {
                await server.PostAsync(Maps, """{"metadata":{"name":"a"},"data":{"k":"v"}}""");
                await server.PatchAsync(Maps + "/a", """{"data":{"l":"w"}}""");
                before = (await server.GetAsync(Maps + "/a")).Body.ToJsonString();
            }

            await using var again = await TestServer.StartAsync(SqliteStore.Open(new SqliteStoreOptions { Path = Path.Combine(folder.FullName, "store", "s.db") }));
            Assert.Equal(before, (await again.GetAsync(Maps + "/a")).Body.ToJsonString());
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task Every_write_leaves_an_intent_and_an_outcome()
    {
        await using var server = await TestServer.StartAsync();
        await server.PostAsync(Maps, """{"metadata":{"name":"a"}}""");
        var records = server.Audit.Records.Where(r => r.Key == "/registry/core/configmaps/default/a").ToList();
        Assert.Equal(["Intent", "Outcome"], records.Select(r => r.Stage.ToString()));
        Assert.Equal(records[0].AuditId, records[1].AuditId);
        Assert.NotNull(records[0].After);
        Assert.True(records[1].Revision > 0);
    }

    private static IEnumerable<string> Names(System.Text.Json.Nodes.JsonObject list) => list["items"]!.AsArray().Select(i => i!["metadata"]!["name"]!.GetValue<string>());
}
