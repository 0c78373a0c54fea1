using System.Globalization;
using System.Text.Json.Nodes;
using Rempart.ApiServer.Tests.Http;

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

    private static string Version(JsonObject list) => list["metadata"]!["resourceVersion"]!.GetValue<string>();
}
