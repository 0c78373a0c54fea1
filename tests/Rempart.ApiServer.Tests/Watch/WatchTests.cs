using System.Globalization;
using System.Text.Json.Nodes;
using Rempart.ApiServer.Tests.Http;
using Rempart.Store;
using Rempart.Store.Memory;

namespace Rempart.ApiServer.Tests.Watch;

public sealed class WatchTests
{
    private const string Maps = "/api/v1/namespaces/default/configmaps";

    [Fact]
    public async Task A_watch_tells_what_changes_after_its_version_in_order()
    {
        await using var server = await TestServer.StartAsync();
        var version = Version((await server.GetAsync(Maps)).Body);
        await server.PostAsync(Maps, """{"metadata":{"name":"a"}}""");
        await using var watch = await WatchStream.OpenAsync(server.Client, $"{Maps}?watch=true&resourceVersion={version}");
        Assert.Equal("ADDED a", await watch.NextAsync());
        await server.PatchAsync(Maps + "/a", """{"data":{"k":"v"}}""");
        Assert.Equal("MODIFIED a", await watch.NextAsync());
        await server.PostAsync("/api/v1/namespaces/kube-system/configmaps", """{"metadata":{"name":"elsewhere"}}""");
        await server.DeleteAsync(Maps + "/a");
        Assert.Equal("DELETED a", await watch.NextAsync());
        Assert.True(long.Parse(watch.LastVersion, CultureInfo.InvariantCulture) > long.Parse(version, CultureInfo.InvariantCulture));
    }

    [Fact]
    public async Task An_object_that_begins_or_ceases_to_match_is_added_or_deleted()
    {
        await using var server = await TestServer.StartAsync();
        await server.PostAsync(Maps, """{"metadata":{"name":"a","labels":{"x":"no"}}}""");
        await using var watch = await WatchStream.OpenAsync(server.Client, $"{Maps}?watch=true&labelSelector=x%3Dyes&resourceVersion={Version((await server.GetAsync(Maps)).Body)}");
        await server.PatchAsync(Maps + "/a", """{"metadata":{"labels":{"x":"yes"}}}""");
        Assert.Equal("ADDED a", await watch.NextAsync());
        await server.PatchAsync(Maps + "/a", """{"data":{"k":"v"}}""");
        Assert.Equal("MODIFIED a", await watch.NextAsync());
        await server.PatchAsync(Maps + "/a", """{"metadata":{"labels":{"x":"no"}}}""");
        Assert.Equal("DELETED a", await watch.NextAsync());
    }

    [Fact]
    public async Task Initial_events_end_with_a_bookmark()
    {
        await using var server = await TestServer.StartAsync();
        await server.PostAsync(Maps, """{"metadata":{"name":"a"}}""");
        await server.PostAsync(Maps, """{"metadata":{"name":"b"}}""");
        await using var watch = await WatchStream.OpenAsync(server.Client, $"{Maps}?watch=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true");
        Assert.Equal("ADDED a", await watch.NextAsync());
        Assert.Equal("ADDED b", await watch.NextAsync());
        Assert.Equal("BOOKMARK ", await watch.NextAsync());
        Assert.Equal("true", watch.Last!["object"]!["metadata"]!["annotations"]!["k8s.io/initial-events-end"]!.GetValue<string>());
    }

    [Fact]
    public async Task A_version_that_is_ahead_times_out()
    {
        await using var server = await TestServer.StartAsync();
        var (ahead, status) = await server.GetAsync($"{Maps}?resourceVersion=100000000");
        Assert.Equal(504, ahead);
        Assert.Equal("ResourceVersionTooLarge", status["details"]!["causes"]![0]!["reason"]!.GetValue<string>());
    }

    [Fact]
    public async Task A_watch_ends_when_its_time_is_over()
    {
        await using var server = await TestServer.StartAsync();
        await using var watch = await WatchStream.OpenAsync(server.Client, $"{Maps}?watch=true&timeoutSeconds=1");
        Assert.Null(await watch.NextAsync());
    }

    [Fact]
    public async Task A_version_whose_changes_are_forgotten_ends_in_an_event_that_says_so()
    {
        // What a server has in memory begins with its start.
        var store = new MemoryStore();
        foreach (var key in (string[])["/before/a", "/before/b"]) await store.CommitAsync([new StoreWrite(key, "x"u8.ToArray(), 0)], TestContext.Current.CancellationToken);
        await using var server = await TestServer.StartAsync(store);
        await using var watch = await WatchStream.OpenAsync(server.Client, $"{Maps}?watch=true&resourceVersion=1");
        await watch.NextAsync();
        Assert.Equal(("ERROR", 410, "Expired"), (watch.Last!["type"]!.GetValue<string>(), watch.Last["object"]!["code"]!.GetValue<int>(), watch.Last["object"]!["reason"]!.GetValue<string>()));
        Assert.StartsWith("too old resource version: 1 (", watch.Last["object"]!["message"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.Null(await watch.NextAsync());
    }

    [Fact]
    public async Task A_watch_of_one_name_is_told_of_that_name_alone()
    {
        await using var server = await TestServer.StartAsync();
        await server.PostAsync(Maps, """{"metadata":{"name":"a"}}""");
        await server.PostAsync(Maps, """{"metadata":{"name":"b"}}""");
        await using var selected = await WatchStream.OpenAsync(server.Client, $"{Maps}?watch=true&fieldSelector=metadata.name%3Db");
        await using var named = await WatchStream.OpenAsync(server.Client, "/api/v1/watch/namespaces/default/configmaps/b");
        foreach (var watch in (WatchStream[])[selected, named])
        {
            Assert.Equal("ADDED b", await watch.NextAsync());
        }

        await server.PatchAsync(Maps + "/a", """{"data":{"k":"v"}}""");
        await server.DeleteAsync(Maps + "/b");
        foreach (var watch in (WatchStream[])[selected, named])
        {
            Assert.Equal("DELETED b", await watch.NextAsync());
        }

        var (code, status) = await server.GetAsync("/api/v1/watch/namespaces/default/configmaps/b?fieldSelector=metadata.name%3Da");
        Assert.Equal((400, "fieldSelector metadata.name doesn't match requested name"), (code, status["message"]!.GetValue<string>()));
        await using var none = await WatchStream.OpenAsync(server.Client,
            "/api/v1/watch/namespaces/default/configmaps/a?fieldSelector=metadata.name%3Da,metadata.namespace!%3Ddefault&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true");
        Assert.Equal("BOOKMARK ", await none.NextAsync());
    }

    [Fact]
    public async Task Without_initial_events_a_watch_begins_with_what_comes()
    {
        await using var server = await TestServer.StartAsync();
        await server.PostAsync(Maps, """{"metadata":{"name":"a"}}""");
        await using var watch = await WatchStream.OpenAsync(server.Client, $"{Maps}?watch=true&sendInitialEvents=false&resourceVersionMatch=NotOlderThan&resourceVersion=0&allowWatchBookmarks=true");
        await server.PostAsync(Maps, """{"metadata":{"name":"b"}}""");
        Assert.Equal("ADDED b", await watch.NextAsync());
    }

    [Fact]
    public async Task Bookmarks_come_though_other_objects_change_all_the_time()
    {
        await using var server = await TestServer.StartAsync(change: options => options with { BookmarkEvery = TimeSpan.FromSeconds(1) });
        await server.PostAsync(Maps, """{"metadata":{"name":"a"}}""");
        await using var watch = await WatchStream.OpenAsync(server.Client, $"{Maps}?watch=true&fieldSelector=metadata.name%3Dnone&allowWatchBookmarks=true");
        var bookmark = watch.NextAsync();
        for (var i = 0; !bookmark.IsCompleted; i++)
        {
            await server.PatchAsync(Maps + "/a", $$$"""{"data":{"k":"{{{i}}}"}}""");
            await Task.Delay(50, TestContext.Current.CancellationToken);
        }

        Assert.Equal("BOOKMARK ", await bookmark);
        await using var again = await WatchStream.OpenAsync(server.Client, $"{Maps}?watch=true&resourceVersion={watch.LastVersion}");
        await server.PostAsync(Maps, """{"metadata":{"name":"b"}}""");
        for (var line = await again.NextAsync(); line != "ADDED b"; line = await again.NextAsync()) Assert.Equal("MODIFIED a", line);
    }

    [Fact]
    public async Task Tables_say_their_columns_once_and_metadata_comes_alone()
    {
        await using var server = await TestServer.StartAsync();
        await server.PostAsync(Maps, """{"metadata":{"name":"a"},"data":{"k":"v"}}""");
        await server.PostAsync(Maps, """{"metadata":{"name":"b"}}""");
        const string Query = Maps + "?watch=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true";
        using var tables = server.ClientOf("alice");
        tables.DefaultRequestHeaders.TryAddWithoutValidation("Accept", "application/json;as=Table;g=meta.k8s.io;v=v1");
        await using var table = await WatchStream.OpenAsync(tables, Query);
        await table.NextAsync();
        Assert.Equal("""["a",1,""", table.Last!["object"]!["rows"]![0]!["cells"]!.ToJsonString()[..7]);
        Assert.Equal(3, table.Last["object"]!["columnDefinitions"]!.AsArray().Count);
        await table.NextAsync();
        Assert.Empty(table.Last!["object"]!["columnDefinitions"]!.AsArray());
        await table.NextAsync();
        Assert.Equal("BOOKMARK", table.Last!["type"]!.GetValue<string>());
        Assert.Equal("true", table.Last["object"]!["rows"]![0]!["object"]!["metadata"]!["annotations"]!["k8s.io/initial-events-end"]!.GetValue<string>());

        using var partials = server.ClientOf("alice");
        partials.DefaultRequestHeaders.TryAddWithoutValidation("Accept", "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1");
        await using var partial = await WatchStream.OpenAsync(partials, Query);
        Assert.Equal("ADDED a", await partial.NextAsync());
        Assert.Equal("PartialObjectMetadata", partial.Last!["object"]!["kind"]!.GetValue<string>());
        Assert.Null(partial.Last["object"]!["data"]);
    }

    private static string Version(JsonObject list) => list["metadata"]!["resourceVersion"]!.GetValue<string>();
}
