using System.Text.Json.Nodes;
using Rempart.ApiServer.Tests.Http;
using Rempart.ApiServer.Tests.Watch;

namespace Rempart.ApiServer.Tests.Kinds;

/// <summary>One event under two groups: the same object in two forms.</summary>
public sealed class EventStories : IAsyncLifetime
{
    private const string Core = "/api/v1/namespaces/default/events";
    private const string Newer = "/apis/events.k8s.io/v1/namespaces/default/events";
    private const string About = """{"kind":"VirtualMachine","namespace":"default","name":"web","uid":"u1"}""";

    private TestServer server = null!;

    public async ValueTask InitializeAsync() => server = await TestServer.StartAsync();

    public ValueTask DisposeAsync() => server.DisposeAsync();

    private static string New(string name, string more = "") => $$"""
        {"metadata":{"name":"{{name}}"},"regarding":{{About}},"eventTime":"2026-01-01T10:00:00.123456Z","reportingController":"example.com/scheduler","reportingInstance":"scheduler-1",
         "action":"Place","reason":"Placed","type":"Normal","note":"it was placed"{{more}}}
        """;

    [Fact]
    public async Task What_is_written_through_one_group_is_read_through_the_other()
    {
        var (code, made) = await server.PostAsync(Newer, New("a"));
        Assert.True(code == 201, made.ToString());
        Assert.Equal(("events.k8s.io/v1", "Event"), ((string?)made["apiVersion"], (string?)made["kind"]));
        Assert.Equal("it was placed", (string?)made["note"]);

        var (_, core) = await server.GetAsync($"{Core}/a");
        Assert.Equal(("v1", "it was placed", "example.com/scheduler", "web"), ((string?)core["apiVersion"], (string?)core["message"], (string?)core["reportingComponent"], (string?)core["involvedObject"]!["name"]));
        Assert.Equal("2026-01-01T10:00:00.123456Z", (string?)core["eventTime"]);
        Assert.Null(core["note"]);
        Assert.True(JsonNode.DeepEquals(made["metadata"], core["metadata"]));

        await server.PostAsync(Core, $$"""{"metadata":{"name":"b"},"involvedObject":{{About}},"message":"m","reason":"R","type":"Warning","source":{"component":"old","host":"h"},"firstTimestamp":"2026-01-01T10:00:00Z","lastTimestamp":"2026-01-01T10:05:00Z","count":3}""");
        var (_, newer) = await server.GetAsync($"{Newer}/b");
        Assert.Equal("m", (string?)newer["note"]);
        Assert.Equal("old", (string?)newer["deprecatedSource"]!["component"]);
        Assert.Equal(("2026-01-01T10:00:00Z", "2026-01-01T10:05:00Z", 3), ((string?)newer["deprecatedFirstTimestamp"], (string?)newer["deprecatedLastTimestamp"], (int?)newer["deprecatedCount"]));
        var (_, list) = await server.GetAsync(Newer);
        Assert.Equal(("EventList", "events.k8s.io/v1"), ((string?)list["kind"], (string?)list["apiVersion"]));
        Assert.Equal(["events.k8s.io/v1", "events.k8s.io/v1"], list["items"]!.AsArray().Select(item => (string)item!["apiVersion"]!));
    }

    [Fact]
    public async Task Every_kind_of_change_is_made_through_either()
    {
        await server.PostAsync(Newer, New("a"));
        var (code, patched) = await server.PatchAsync($"{Newer}/a", """{"series":{"count":2,"lastObservedTime":"2026-01-01T10:01:00.000000Z"}}""");
        Assert.True(code == 200, patched.ToString());
        Assert.Equal(2, (int?)patched["series"]!["count"]);
        (code, patched) = await server.PatchAsync($"{Newer}/a", """[{"op":"test","path":"/note","value":"it was placed"},{"op":"replace","path":"/series/count","value":3}]""", "application/json-patch+json");
        Assert.True(code == 200, patched.ToString());
        (code, patched) = await server.PatchAsync($"{Newer}/a", """{"series":{"count":4}}""", "application/strategic-merge-patch+json");
        Assert.True(code == 200, patched.ToString());
        Assert.Equal(4, (int?)(await server.GetAsync($"{Core}/a")).Body["series"]!["count"]);
        patched["metadata"]!["labels"] = new JsonObject { ["seen"] = "yes" };
        (code, patched) = await server.PutAsync($"{Newer}/a", patched.ToJsonString());
        Assert.True(code == 200, patched.ToString());
        var (_, core) = await server.GetAsync($"{Core}/a");
        Assert.Equal("yes", (string?)core["metadata"]!["labels"]!["seen"]);

        (code, var applied) = await server.SendAsync(HttpMethod.Patch, $"{Newer}/applied?fieldManager=me", "{\"apiVersion\":\"events.k8s.io/v1\",\"kind\":\"Event\"," + New("applied").TrimStart()[1..], "application/apply-patch+yaml");
        Assert.True(code == 201, applied.ToString());
        Assert.Equal("it was placed", (string?)applied["note"]);
        Assert.Equal("it was placed", (string?)(await server.GetAsync($"{Core}/applied")).Body["message"]);

        (code, _) = await server.DeleteAsync($"{Newer}/a");
        Assert.Equal(200, code);
        Assert.Equal(404, (await server.GetAsync($"{Core}/a")).Code);
        await server.DeleteAsync($"{Newer}?fieldSelector=regarding.name=web");
        Assert.Empty((await server.GetAsync(Core)).Body["items"]!.AsArray());
    }

    [Fact]
    public async Task Each_group_selects_by_its_own_names()
    {
        await server.PostAsync(Newer, New("a"));
        Assert.Single((await server.GetAsync($"{Newer}?fieldSelector=regarding.kind=VirtualMachine,reportingController=example.com/scheduler")).Body["items"]!.AsArray());
        Assert.Empty((await server.GetAsync($"{Newer}?fieldSelector=regarding.kind=Volume")).Body["items"]!.AsArray());
        Assert.Single((await server.GetAsync($"{Core}?fieldSelector=involvedObject.kind=VirtualMachine")).Body["items"]!.AsArray());
        Assert.Equal(400, (await server.GetAsync($"{Newer}?fieldSelector=involvedObject.kind=Volume")).Code);
        var (_, page) = await server.GetAsync($"{Newer}?limit=1");
        await server.PostAsync(Newer, New("b"));
        var (_, first) = await server.GetAsync($"{Newer}?limit=1");
        var (_, rest) = await server.GetAsync($"{Newer}?limit=1&continue={first["metadata"]!["continue"]}");
        Assert.Equal("b", (string?)rest["items"]![0]!["metadata"]!["name"]);
        Assert.Equal("events.k8s.io/v1", (string?)rest["items"]![0]!["apiVersion"]);
        Assert.Null(page["metadata"]!["continue"]);
    }

    [Fact]
    public async Task A_watch_of_one_group_sees_what_is_written_through_the_other()
    {
        await using var watch = await WatchStream.OpenAsync(server.Client, $"{Newer}?watch=true&fieldSelector=regarding.name=web");
        await server.PostAsync(Core, $$"""{"metadata":{"name":"b"},"involvedObject":{{About}},"message":"m","reason":"R","type":"Warning"}""");
        Assert.Equal("ADDED b", await watch.NextAsync());
        var added = watch.Last!;
        Assert.Equal(("ADDED", "events.k8s.io/v1", "m"), ((string?)added["type"], (string?)added["object"]!["apiVersion"], (string?)added["object"]!["note"]));
        await server.DeleteAsync($"{Core}/b");
        Assert.Equal("DELETED b", await watch.NextAsync());
        var deleted = watch.Last!;
        Assert.Equal(("DELETED", "m"), ((string?)deleted["type"], (string?)deleted["object"]!["note"]));
    }

    [Fact]
    public async Task New_events_are_held_to_the_rules_of_their_group()
    {
        foreach (var (body, field) in new[]
        {
            (New("x").Replace("\"eventTime\":\"2026-01-01T10:00:00.123456Z\",", "", StringComparison.Ordinal), "eventTime"),
            (New("x").Replace("\"type\":\"Normal\",", "", StringComparison.Ordinal), "type"),
            (New("x").Replace("\"action\":\"Place\",", "", StringComparison.Ordinal), "action"),
            (New("x").Replace("\"reason\":\"Placed\",", "", StringComparison.Ordinal), "reason"),
            (New("x").Replace("\"reportingInstance\":\"scheduler-1\",", "", StringComparison.Ordinal), "reportingInstance"),
            (New("x").Replace("example.com/scheduler", "no name", StringComparison.Ordinal), "reportingController"),
            (New("x", ",\"deprecatedCount\":2"), "count"),
            (New("x", ",\"deprecatedFirstTimestamp\":\"2026-01-01T10:00:00Z\""), "firstTimestamp"),
            (New("x", ",\"deprecatedSource\":{\"component\":\"c\"}"), "source"),
            (New("x", ",\"series\":{\"count\":1,\"lastObservedTime\":\"2026-01-01T10:00:00.000000Z\"}"), "series.count"),
            (New("x", ",\"series\":{\"count\":2}"), "series.lastObservedTime"),
            (New("x").Replace("it was placed", new string('n', 1025), StringComparison.Ordinal), "message"),
        })
        {
            var (code, refusal) = await server.PostAsync(Newer, body);
            Assert.True(code == 422, $"{field}: {code} {refusal}");
            Assert.Contains(refusal["details"]!["causes"]!.AsArray(), cause => (string?)cause!["field"] == field);
        }

        Assert.Equal(400, (await server.PostAsync(Newer, New("x", ",\"message\":\"core's name\""))).Code);
        await server.PostAsync(Newer, New("a"));
        foreach (var (patch, field) in new[]
        {
            ("""{"note":"other"}""", "message"), ("""{"regarding":{"name":"other"}}""", "involvedObject"), ("""{"reason":"Other"}""", "reason"), ("""{"type":"Warning"}""", "type"),
            ("""{"eventTime":"2026-01-01T10:00:00.123457Z"}""", "eventTime"), ("""{"action":"Other"}""", "action"), ("""{"reportingController":"other"}""", "reportingController"), ("""{"deprecatedCount":7}""", "count"),
        })
        {
            var (code, refusal) = await server.PatchAsync($"{Newer}/a", patch);
            Assert.True(code == 422, $"{field}: {code} {refusal}");
            Assert.Contains(refusal["details"]!["causes"]!.AsArray(), cause => (string?)cause!["field"] == field);
        }

        // Under its old name nothing of that holds: recorders count by patching.
        Assert.Equal(200, (await server.PatchAsync($"{Core}/a", """{"message":"other","count":7}""")).Code);
    }

    [Fact]
    public async Task What_our_recorder_writes_is_taken_and_counted_in_both_forms()
    {
        var (code, made) = await server.PostAsync(Core, $$$"""
            {"metadata":{"name":"r"},"involvedObject":{{{About}}},"message":"m","reason":"Started","action":"Started","type":"Normal","source":{"component":"machine","host":"h1"},"reportingComponent":"machine","reportingInstance":"h1",
             "eventTime":"2026-01-01T10:00:00.000001Z","firstTimestamp":"2026-01-01T10:00:00Z","lastTimestamp":"2026-01-01T10:00:00Z","count":1}
            """);
        Assert.True(code == 201, made.ToString());
        (code, _) = await server.PatchAsync($"{Core}/r", """{"count":2,"lastTimestamp":"2026-01-01T10:05:00Z","series":{"count":2,"lastObservedTime":"2026-01-01T10:05:00.000001Z"}}""");
        Assert.Equal(200, code);
        var (_, newer) = await server.GetAsync($"{Newer}/r");
        Assert.Equal((2, 2), ((int?)newer["series"]!["count"], (int?)newer["deprecatedCount"]));
    }

    [Fact]
    [Trait("level", "real")]
    public async Task Kubectl_shows_them_in_both_groups()
    {
        Assert.SkipUnless(Kubectl.Exists, "no kubectl on the PATH");
        using var kubectl = new KubectlShell(server);
        await kubectl.RunAsync("apply --server-side -f -", "{\"apiVersion\":\"events.k8s.io/v1\",\"kind\":\"Event\"," + New("a").TrimStart()[1..]);
        var wide = await kubectl.RunAsync("get events.events.k8s.io -o wide");
        Assert.Matches(@"LAST SEEN\s+TYPE\s+REASON\s+OBJECT\s+SUBOBJECT\s+SOURCE\s+MESSAGE\s+FIRST SEEN\s+COUNT\s+NAME", wide);
        Assert.Matches(@"Normal\s+Placed\s+virtualmachine/web\s+example.com/scheduler, scheduler-1\s+it was placed\s+\S+\s+1\s+a", wide);
        Assert.Contains("virtualmachine/web", await kubectl.RunAsync("get events"), StringComparison.Ordinal);
        Assert.Contains("VirtualMachine/web", await kubectl.RunAsync("events --types=Normal"), StringComparison.Ordinal);
        Assert.Contains("it was placed", await kubectl.RunAsync("describe events.events.k8s.io a"), StringComparison.Ordinal);
        Assert.Matches(@"events\s+ev\s+events.k8s.io/v1\s+true\s+Event", await kubectl.RunAsync("api-resources"));
        Assert.Contains("regarding", await kubectl.RunAsync("explain event --api-version events.k8s.io/v1"), StringComparison.Ordinal);
        Assert.Contains("involvedObject", await kubectl.RunAsync("explain event"), StringComparison.Ordinal);
        await kubectl.RunAsync("wait --for=jsonpath={.note}=\"it was placed\" events.events.k8s.io/a --timeout=20s");
        Assert.Contains("event.events.k8s.io \"a\" deleted", await kubectl.RunAsync("delete events.events.k8s.io a"), StringComparison.Ordinal);
    }
}
