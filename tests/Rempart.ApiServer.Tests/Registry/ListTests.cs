using System.IO.Compression;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Rempart.ApiServer.Tests.Http;
using Rempart.Store;
using Rempart.Store.Memory;

namespace Rempart.ApiServer.Tests.Registry;

/// <summary>Lists as kube-apiserver 1.32 gives them and refuses them.</summary>
public sealed class ListTests
{
    private const string Maps = "/api/v1/namespaces/default/configmaps";

    [Theory]
    [InlineData("resourceVersionMatch=Exact", 422, "ListOptions.meta.k8s.io \"\" is invalid: resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden unless resourceVersion is provided")]
    [InlineData("resourceVersion=0&resourceVersionMatch=Exact", 422, "ListOptions.meta.k8s.io \"\" is invalid: resourceVersionMatch: Forbidden: resourceVersionMatch \"exact\" is forbidden for resourceVersion \"0\"")]
    [InlineData("resourceVersion=1&resourceVersionMatch=Newest", 422, "ListOptions.meta.k8s.io \"\" is invalid: resourceVersionMatch: Unsupported value: \"Newest\": supported values: \"Exact\", \"NotOlderThan\", \"\"")]
    [InlineData("resourceVersion=1&resourceVersionMatch=Exact&continue=x", 422, "ListOptions.meta.k8s.io \"\" is invalid: resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden when continue is provided")]
    [InlineData("sendInitialEvents=true", 422, "ListOptions.meta.k8s.io \"\" is invalid: sendInitialEvents: Forbidden: sendInitialEvents is forbidden for list")]
    [InlineData("watch=true&sendInitialEvents=true", 422, "ListOptions.meta.k8s.io \"\" is invalid: resourceVersionMatch: Forbidden: sendInitialEvents requires setting resourceVersionMatch to NotOlderThan")]
    [InlineData("watch=true&resourceVersion=1&resourceVersionMatch=NotOlderThan", 422, "ListOptions.meta.k8s.io \"\" is invalid: resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided")]
    [InlineData("watch=true&sendInitialEvents=true&resourceVersionMatch=Exact", 422, "supported values: \"NotOlderThan\"")]
    [InlineData("resourceVersion=abc", 400, "invalid resource version: resourceVersion: Invalid value: \"abc\"")]
    [InlineData("resourceVersion=-1", 400, "invalid resource version")]
    [InlineData("watch=true&resourceVersion=abc", 400, "invalid resource version")]
    [InlineData("continue=nonsense", 400, "invalid continue token: continue key is not valid")]
    [InlineData("limit=ten", 400, "limit `ten` is not a whole number")]
    [InlineData("fieldSelector=data.x%3Dy", 400, "\"data.x\" is not a known field selector: only \"metadata.name\", \"metadata.namespace\"")]
    [InlineData("fieldSelector=metadata.name", 400, "invalid selector: 'metadata.name'; can't understand 'metadata.name'")]
    [InlineData("labelSelector=a+in+b", 400, "unable to parse requirement")]
    public async Task A_list_that_contradicts_itself_is_refused_in_the_words_of_Kubernetes(string query, int code, string says)
    {
        await using var server = await TestServer.StartAsync();
        var (actual, status) = await server.GetAsync($"{Maps}?{query}");
        Assert.Contains(says, status["message"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.Equal(code, actual);
    }

    [Theory]
    [InlineData("""{"v":"meta.k8s.io/v1","rv":0,"start":"default/a\u0000"}""", "incorrect encoded start resourceVersion (version meta.k8s.io/v1)")]
    [InlineData("""{"v":"meta.k8s.io/v1","rv":5,"start":""}""", "encoded start key empty (version meta.k8s.io/v1)")]
    [InlineData("""{"v":"meta.k8s.io/v1","rv":5,"start":"default/../kube-system/a\u0000"}""", "continue key is not valid")]
    [InlineData("""{"v":"meta.k8s.io/v1","rv":5,"start":"kube-system/a\u0000"}""", "it is of another list")]
    [InlineData("""{"v":"meta.k8s.io/v9","rv":5,"start":"default/a\u0000"}""", "server does not recognize this encoded version meta.k8s.io/v9")]
    [InlineData("""{"v":"meta.k8s.io/v1","v":"meta.k8s.io/v1","rv":5,"start":"default/a\u0000"}""", "continue key is not valid")]
    [InlineData("""{"v":"meta.k8s.io/v1","rv":5,"start":"\ud800\u0000"}""", "continue key is not valid")]
    [InlineData("""{"v":"\ud800","rv":5,"start":"default/a\u0000"}""", "continue key is not valid")]
    [InlineData("""{"\ud800":1,"v":"meta.k8s.io/v1","rv":5,"start":"default/a\u0000"}""", "continue key is not valid")]
    [InlineData("[5]", "continue key is not valid")]
    [InlineData("\0\u00ff", "continue key is not valid")]
    public async Task A_forged_or_foreign_token_is_refused(string token, string says)
    {
        await using var server = await TestServer.StartAsync();
        await CreateAsync(server, "a", "b", "c");
        var (code, status) = await server.GetAsync($"{Maps}?limit=1&continue={Base64(token)}");
        Assert.Equal(400, code);
        Assert.StartsWith("invalid continue token: ", status["message"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.Contains(says, status["message"]!.GetValue<string>(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_token_goes_with_no_version_of_its_own()
    {
        await using var server = await TestServer.StartAsync();
        await CreateAsync(server, "a", "b");
        var first = (await server.GetAsync(Maps + "?limit=1")).Body;
        var (code, status) = await server.GetAsync($"{Maps}?limit=1&continue={first["metadata"]!["continue"]}&resourceVersion=1");
        Assert.Equal((400, "specifying resource version is not allowed when using continue"), (code, status["message"]!.GetValue<string>()));
        Assert.Equal(["b"], Names((await server.GetAsync($"{Maps}?limit=1&continue={first["metadata"]!["continue"]}&resourceVersion=0")).Body));
    }

    [Fact]
    public async Task After_compaction_a_list_ends_in_410_with_a_token_for_its_rest_as_it_is_now()
    {
        await using var server = await TestServer.StartAsync();
        await CreateAsync(server, "a", "b", "c", "d");
        var first = (await server.GetAsync(Maps + "?limit=2")).Body;
        await server.DeleteAsync(Maps + "/c");
        await CreateAsync(server, "bb");
        await CompactAsync(server);

        var (code, status) = await server.GetAsync($"{Maps}?limit=2&continue={first["metadata"]!["continue"]}");
        Assert.Equal((410, "Expired"), (code, status["reason"]!.GetValue<string>()));
        Assert.StartsWith("The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter, or use the continue token in this response", status["message"]!.GetValue<string>(), StringComparison.Ordinal);
        var (resumed, rest) = await server.GetAsync($"{Maps}?limit=1&continue={status["metadata"]!["continue"]}");
        Assert.Equal(200, resumed);
        Assert.Equal(["bb"], Names(rest));
        Assert.Equal(1, rest["metadata"]!["remainingItemCount"]!.GetValue<int>());
        Assert.Equal(["d"], Names((await server.GetAsync($"{Maps}?continue={rest["metadata"]!["continue"]}")).Body));
    }

    [Fact]
    public async Task An_exact_version_shows_that_state_and_no_other()
    {
        await using var server = await TestServer.StartAsync();
        await CreateAsync(server, "a");
        var old = (await server.GetAsync(Maps)).Body["metadata"]!["resourceVersion"]!.GetValue<string>();
        await CreateAsync(server, "b");
        Assert.Equal(["a"], Names((await server.GetAsync($"{Maps}?resourceVersion={old}&resourceVersionMatch=Exact")).Body));
        // As before there was a match: a limit makes a version exact.
        var limited = (await server.GetAsync($"{Maps}?resourceVersion={old}&limit=5")).Body;
        Assert.Equal(["a"], Names(limited));
        Assert.Equal(old, limited["metadata"]!["resourceVersion"]!.GetValue<string>());
        Assert.Equal(["a", "b"], Names((await server.GetAsync($"{Maps}?resourceVersion={old}&resourceVersionMatch=NotOlderThan&limit=5")).Body));
        Assert.Equal(["a", "b"], Names((await server.GetAsync($"{Maps}?resourceVersion={old}")).Body));
        Assert.Equal(["a", "b"], Names((await server.GetAsync($"{Maps}?resourceVersion=0&limit=5")).Body));
        await CompactAsync(server);
        var (code, status) = await server.GetAsync($"{Maps}?resourceVersion={old}&resourceVersionMatch=Exact");
        Assert.Equal((410, "The resourceVersion for the provided list is too old."), (code, status["message"]!.GetValue<string>()));
    }

    [Fact]
    public async Task A_selector_that_matches_nothing_costs_few_questions()
    {
        var store = new CountingStore(new MemoryStore());
        for (var i = 0; i < 3000; i += 8)
        {
            await store.CommitAsync([.. Enumerable.Range(i, 8).Select(n => new StoreWrite($"/registry/core/configmaps/default/m{n:D4}", Encoding.UTF8.GetBytes($$$$"""{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"m{{{{n:D4}}}}","namespace":"default"}}"""), 0))],
                TestContext.Current.CancellationToken);
        }

        await using var server = await TestServer.StartAsync(store);
        var version = (await server.GetAsync(Maps + "?limit=1")).Body["metadata"]!["resourceVersion"];
        // A state of the past is read from the store.
        await CreateAsync(server, "later");
        var before = store.Lists;
        var list = (await server.GetAsync($"{Maps}?limit=1&resourceVersion={version}&labelSelector=x%3Dnever")).Body;
        Assert.Empty(list["items"]!.AsArray());
        Assert.InRange(store.Lists - before, 1, 4);
    }

    [Fact]
    public async Task Parts_of_a_list_come_from_memory_until_something_has_changed_and_show_the_same_afterwards()
    {
        var store = new CountingStore(new MemoryStore());
        await using var server = await TestServer.StartAsync(store);
        foreach (var name in new[] { "a", "b", "c", "d", "e" }) await CreateAsync(server, name);
        var first = (await server.GetAsync($"{Maps}?limit=2")).Body;
        var before = store.Lists;
        var next = $"{Maps}?limit=2&continue={first["metadata"]!["continue"]}";
        var calm = (await server.GetAsync(next)).Body;
        Assert.Equal(["c", "d"], Names(calm));
        Assert.Equal((1, 0), (calm["metadata"]!["remainingItemCount"]!.GetValue<int>(), store.Lists - before));
        // Another kind's change changes nothing of this one.
        Assert.Equal(201, (await server.PostAsync("/api/v1/namespaces/default/secrets", """{"apiVersion":"v1","kind":"Secret","metadata":{"name":"s"}}""")).Code);
        Assert.Equal(["c", "d"], Names((await server.GetAsync(next)).Body));
        Assert.Equal(0, store.Lists - before);
        await CreateAsync(server, "bb");
        await CreateAsync(server, "cc");
        var changed = (await server.GetAsync(next)).Body;
        Assert.Equal(calm.ToJsonString(), changed.ToJsonString());
        Assert.True(store.Lists > before);
    }

    [Theory]
    [InlineData("")]
    [InlineData("&resourceVersionMatch=NotOlderThan")]
    [InlineData("&resourceVersionMatch=Exact")]
    public async Task A_version_ahead_is_too_large(string match)
    {
        await using var server = await TestServer.StartAsync();
        using var response = await server.Client.GetAsync($"{Maps}?resourceVersion=100000000{match}");
        var status = JsonNode.Parse(await response.Content.ReadAsStringAsync())!;
        Assert.Equal(HttpStatusCode.GatewayTimeout, response.StatusCode);
        Assert.StartsWith("Timeout: Too large resource version: 100000000, current: ", status["message"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.Equal("""[{"reason":"ResourceVersionTooLarge","message":"Too large resource version"}]""", status["details"]!["causes"]!.ToJsonString());
        Assert.Equal("1", Assert.Single(response.Headers.GetValues("Retry-After")));
    }

    [Fact]
    public async Task Metadata_and_tables_are_given_by_Accept_and_what_can_not_be_given_changes_nothing()
    {
        await using var server = await TestServer.StartAsync();
        await server.PostAsync(Maps, """{"metadata":{"name":"a","labels":{"x":"y"}},"data":{"k":"v"}}""");
        var whole = (await server.GetAsync(Maps + "/a")).Body;

        var partial = await GetAsync(server, Maps, "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json");
        Assert.Equal(("PartialObjectMetadataList", "meta.k8s.io/v1"), (partial["kind"]!.GetValue<string>(), partial["apiVersion"]!.GetValue<string>()));
        Assert.Equal("PartialObjectMetadata", partial["items"]![0]!["kind"]!.GetValue<string>());
        Assert.Equal(whole["metadata"]!.ToJsonString(), partial["items"]![0]!["metadata"]!.ToJsonString());
        Assert.Null(partial["items"]![0]!["data"]);

        const string Table = "application/json;as=Table;g=meta.k8s.io;v=v1";
        Assert.Equal("PartialObjectMetadata", (await GetAsync(server, Maps, Table))["rows"]![0]!["object"]!["kind"]!.GetValue<string>());
        Assert.Equal("v", (await GetAsync(server, Maps + "?includeObject=Object", Table))["rows"]![0]!["object"]!["data"]!["k"]!.GetValue<string>());
        Assert.Null((await GetAsync(server, Maps + "?includeObject=None", Table))["rows"]![0]!["object"]);
        Assert.Equal("TableOptions.meta.k8s.io \"\" is invalid: includeObject: Invalid value: \"All\": must be 'Metadata', 'Object', 'None', or empty",
            (await GetAsync(server, Maps + "?includeObject=All", Table))["message"]!.GetValue<string>());

        using var request = new HttpRequestMessage(HttpMethod.Post, Maps) { Content = new StringContent("""{"metadata":{"name":"b"}}""", Encoding.UTF8, "application/json"), Headers = { { "Accept", "text/html" } } };
        using var refused = await server.Client.SendAsync(request);
        Assert.Equal(HttpStatusCode.NotAcceptable, refused.StatusCode);
        Assert.Equal(404, (await server.GetAsync(Maps + "/b")).Code);
    }

    [Theory]
    [InlineData("gzip", true)]
    [InlineData("deflate, gzip;q=0.5", true)]
    [InlineData("gzip;q=0", false)]
    [InlineData("identity", false)]
    public async Task A_large_list_is_compressed_for_who_accepts_it(string accepts, bool compressed)
    {
        await using var server = await TestServer.StartAsync();
        await server.PostAsync(Maps, $$$"""{"metadata":{"name":"a"},"data":{"k":"{{{new string('x', 130 * 1024)}}}"}}""");
        using var request = new HttpRequestMessage(HttpMethod.Get, Maps) { Headers = { { "Accept-Encoding", accepts } } };
        using var response = await server.Client.SendAsync(request);
        Assert.Equal(compressed, response.Content.Headers.ContentEncoding.Contains("gzip"));
        await using var body = await response.Content.ReadAsStreamAsync();
        await using var plain = compressed ? new GZipStream(body, CompressionMode.Decompress) : body;
        Assert.Equal("a", (await JsonNode.ParseAsync(plain))!["items"]![0]!["metadata"]!["name"]!.GetValue<string>());
        using var small = new HttpRequestMessage(HttpMethod.Get, Maps + "?labelSelector=none") { Headers = { { "Accept-Encoding", "gzip" } } };
        using var answer = await server.Client.SendAsync(small);
        Assert.Empty(answer.Content.Headers.ContentEncoding);
    }

    [Fact]
    public async Task Fields_of_kinds_select()
    {
        await using var server = await TestServer.StartAsync();
        await server.PostAsync("/api/v1/nodes", """{"metadata":{"name":"on"}}""");
        await server.PostAsync("/api/v1/nodes", """{"metadata":{"name":"off"},"spec":{"unschedulable":true}}""");
        Assert.Equal(["on"], Names((await server.GetAsync("/api/v1/nodes?fieldSelector=spec.unschedulable%3Dfalse")).Body));
        Assert.Equal(["off"], Names((await server.GetAsync("/api/v1/nodes?fieldSelector=spec.unschedulable%3Dtrue")).Body));
        Assert.Equal(["default"], Names((await server.GetAsync("/api/v1/namespaces?fieldSelector=name%3Ddefault,status.phase%3DActive")).Body));
        Assert.Equal("field label not supported: spec.x", (await server.GetAsync("/api/v1/pods?fieldSelector=spec.x%3Dy")).Body["message"]!.GetValue<string>());
        foreach (var field in (string[])["spec.nodeName=", "spec.restartPolicy=", "spec.schedulerName=", "spec.serviceAccountName=", "spec.hostNetwork=false", "status.phase=Running", "status.podIP=", "status.nominatedNodeName="])
        {
            Assert.Equal(200, (await server.GetAsync("/api/v1/pods?fieldSelector=" + Uri.EscapeDataString(field))).Code);
        }

        const string Events = "/api/v1/namespaces/default/events";
        await server.PostAsync(Events, """{"metadata":{"name":"e"},"involvedObject":{"kind":"Node","name":"on","uid":"u"},"type":"Warning","reason":"Tired","source":{"component":"agent"}}""");
        foreach (var field in (string[])["involvedObject.name=on", "involvedObject.kind=Node", "involvedObject.uid=u", "type!=Normal", "reason=Tired", "source=agent"])
        {
            Assert.Equal(["e"], Names((await server.GetAsync($"{Events}?fieldSelector={Uri.EscapeDataString(field)}")).Body));
        }
    }

    [Fact]
    public async Task A_collection_is_deleted_by_selector_in_parts_and_on_trial()
    {
        await using var server = await TestServer.StartAsync();
        foreach (var name in (string[])["a", "b", "c"]) await server.PostAsync(Maps, $$$$"""{"metadata":{"name":"{{{{name}}}}","labels":{"x":"y"}}}""");
        await server.PostAsync(Maps, """{"metadata":{"name":"kept"}}""");
        Assert.Equal(["a", "b", "c"], Names((await server.DeleteAsync(Maps + "?labelSelector=x&dryRun=All")).Body));
        Assert.Equal(4, Names((await server.GetAsync(Maps)).Body).Count());
        var part = (await server.DeleteAsync(Maps + "?labelSelector=x&limit=2")).Body;
        Assert.Equal(["a", "b"], Names(part));
        Assert.NotNull(part["metadata"]!["continue"]);
        Assert.Equal(["c", "kept"], Names((await server.GetAsync(Maps)).Body));
        await server.PatchAsync(Maps + "/c", """{"metadata":{"finalizers":["example.com/hold"]}}""");
        await server.DeleteAsync(Maps + "?fieldSelector=metadata.name%3Dc", """{"propagationPolicy":"Foreground"}""");
        Assert.Equal("""["example.com/hold","foregroundDeletion"]""", (await server.GetAsync(Maps + "/c")).Body["metadata"]!["finalizers"]!.ToJsonString());
        Assert.Equal(422, (await server.DeleteAsync(Maps + "?resourceVersionMatch=Exact")).Code);
    }

    private static async Task CreateAsync(TestServer server, params string[] names)
    {
        foreach (var name in names) await server.PostAsync(Maps, $$$"""{"metadata":{"name":"{{{name}}}"}}""");
    }

    private static async Task CompactAsync(TestServer server) =>
        await server.Store.CompactAsync((await server.Store.CurrentAsync(TestContext.Current.CancellationToken)).Revision, TestContext.Current.CancellationToken);

    private static async Task<JsonNode> GetAsync(TestServer server, string path, string accept)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.TryAddWithoutValidation("Accept", accept);
        using var response = await server.Client.SendAsync(request);
        return JsonNode.Parse(await response.Content.ReadAsStringAsync())!;
    }

    private static string Base64(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text)).TrimEnd('=').Replace('+', '-').Replace('/', '_');

    private static IEnumerable<string> Names(JsonObject list) => list["items"]!.AsArray().Select(i => i!["metadata"]!["name"]!.GetValue<string>());
}
