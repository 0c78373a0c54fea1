using System.Text.Json.Nodes;
using Rempart.ApiServer.Tests.Http;

namespace Rempart.ApiServer.Tests.Apply;

public sealed class ServerSideApplyTests
{
    private const string Map = "/api/v1/namespaces/default/configmaps/a";

    [Fact]
    public async Task A_configuration_makes_the_object_and_owns_what_it_names()
    {
        await using var server = await TestServer.StartAsync();
        var (code, made) = await ApplyAsync(server, "one", """{"x":"1"}""");
        Assert.Equal(201, code);
        Assert.NotNull(made["metadata"]!["uid"]);
        Assert.Equal("""one Apply v1 {"f:data":{"f:x":{}}}""", Owners(made));
        var (again, same) = await ApplyAsync(server, "one", """{"x":"1"}""");
        Assert.Equal(200, again);
        Assert.Equal(made.ToJsonString(), same.ToJsonString());
    }

    [Fact]
    public async Task A_field_that_is_applied_no_more_goes_unless_somebody_else_owns_it()
    {
        await using var server = await TestServer.StartAsync();
        await ApplyAsync(server, "one", """{"x":"1","y":"1","z":"1"}""");
        await ApplyAsync(server, "two", """{"y":"1"}""");
        await server.PatchAsync(Map + "?fieldManager=three", """{"data":{"w":"1"}}""");
        var (_, left) = await ApplyAsync(server, "one", """{"z":"1"}""");
        Assert.Equal("""{"y":"1","z":"1","w":"1"}""", left["data"]!.ToJsonString());
        var (_, none) = await ApplyAsync(server, "one", null);
        Assert.Equal("""{"y":"1","w":"1"}""", none["data"]!.ToJsonString());
        Assert.Equal("""two Apply v1 {"f:data":{"f:y":{}}};three Update v1 {"f:data":{"f:w":{}}}""", Owners(none));
    }

    [Fact]
    public async Task A_field_of_another_is_not_taken_but_by_force()
    {
        await using var server = await TestServer.StartAsync();
        await ApplyAsync(server, "one", """{"x":"1","y":"1"}""");
        await server.PatchAsync(Map + "?fieldManager=editor", """{"data":{"y":"2"}}""");
        var (code, refused) = await ApplyAsync(server, "two", """{"x":"2","y":"3"}""");
        Assert.Equal(409, code);
        Assert.Equal("Conflict", (string?)refused["reason"]);
        Assert.Equal("Apply failed with 2 conflicts: conflicts with \"editor\" using v1:\n- .data.y\nconflicts with \"one\":\n- .data.x", (string?)refused["message"]);
        Assert.Equal("""{"reason":"FieldManagerConflict","message":"conflict with \u0022editor\u0022 using v1","field":".data.y"}""", refused["details"]!["causes"]![0]!.ToJsonString());
        var (one, single) = await ApplyAsync(server, "two", """{"x":"2"}""");
        Assert.Equal(409, one);
        Assert.Equal("Apply failed with 1 conflict: conflict with \"one\": .data.x", (string?)single["message"]);

        var (forced, taken) = await ApplyAsync(server, "two", """{"x":"2","y":"3"}""", "&force=true");
        Assert.Equal(200, forced);
        Assert.Equal("""{"x":"2","y":"3"}""", taken["data"]!.ToJsonString());
        Assert.Equal("""two Apply v1 {"f:data":{"f:x":{},"f:y":{}}}""", Owners(taken));
    }

    [Fact]
    public async Task Updates_and_patches_take_what_they_change()
    {
        await using var server = await TestServer.StartAsync();
        await server.PostAsync("/api/v1/namespaces/default/configmaps?fieldManager=maker", """{"metadata":{"name":"a","labels":{"l":"1"}},"data":{"x":"1","y":"1"}}""");
        var (_, first) = await server.GetAsync(Map);
        Assert.Equal("""maker Update v1 {"f:data":{".":{},"f:x":{},"f:y":{}},"f:metadata":{"f:labels":{".":{},"f:l":{}}}}""", Owners(first));
        var (_, second) = await server.PatchAsync(Map + "?fieldManager=editor", """{"data":{"y":"2","z":"1"}}""");
        Assert.Equal("""editor Update v1 {"f:data":{"f:y":{},"f:z":{}}};maker Update v1 {"f:data":{".":{},"f:x":{}},"f:metadata":{"f:labels":{".":{},"f:l":{}}}}""", Owners(second));
        var (_, third) = await server.PatchAsync(Map + "?fieldManager=maker", """{"data":{"y":null}}""");
        Assert.Equal("""editor Update v1 {"f:data":{"f:z":{}}};maker Update v1 {"f:data":{".":{},"f:x":{}},"f:metadata":{"f:labels":{".":{},"f:l":{}}}}""", Owners(third));

        // A client that knows nothing of managedFields does not lose them; who changes nothing owns nothing and writes nothing.
        third["metadata"]!.AsObject().Remove("managedFields");
        var (_, same) = await server.PutAsync(Map + "?fieldManager=other", third.ToJsonString());
        Assert.Equal(Owners(await ReadAsync(server)), Owners(same));
        Assert.Equal((string?)third["metadata"]!["resourceVersion"], (string?)same["metadata"]!["resourceVersion"]);
    }

    [Fact]
    public async Task Who_names_no_manager_is_known_by_the_program()
    {
        await using var server = await TestServer.StartAsync();
        server.Client.DefaultRequestHeaders.UserAgent.ParseAdd("tool/1.0");
        await server.PostAsync("/api/v1/namespaces/default/configmaps", """{"metadata":{"name":"a"},"data":{"x":"1"}}""");
        Assert.StartsWith("tool Update v1 ", Owners(await ReadAsync(server)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Owners_are_reset_by_an_empty_list_and_kept_book_of_again_from_the_next_apply()
    {
        await using var server = await TestServer.StartAsync();
        await ApplyAsync(server, "one", """{"x":"1"}""");
        var (_, reset) = await server.PatchAsync(Map, """{"metadata":{"managedFields":[{}]}}""");
        Assert.Equal("", Owners(reset));
        await server.PatchAsync(Map + "?fieldManager=editor", """{"data":{"y":"1"}}""");
        Assert.Equal("", Owners(await ReadAsync(server)));
        Assert.Equal("Apply failed with 1 conflict: conflict with \"before-first-apply\" using v1: .data.x", (string?)(await ApplyAsync(server, "one", """{"x":"2"}""")).Body["message"]);
        var (_, applied) = await ApplyAsync(server, "one", """{"x":"2"}""", "&force=true");
        Assert.Equal("""one Apply v1 {"f:data":{"f:x":{}}};before-first-apply Update v1 {"f:data":{".":{},"f:y":{}}}""", Owners(applied));
    }

    [Fact]
    public async Task Owners_can_be_written_and_nonsense_is_left_out_of_account()
    {
        await using var server = await TestServer.StartAsync();
        await ApplyAsync(server, "one", """{"x":"1"}""");
        var before = Owners(await ReadAsync(server));
        foreach (var nonsense in (string[])["""[{"manager":"m","operation":"Eat","apiVersion":"v1","fieldsType":"FieldsV1","fieldsV1":{"f:data":{}}}]""",
            """[{"manager":"m","operation":"Update","apiVersion":"v1","fieldsType":"FieldsV1","fieldsV1":{"data":{}}}]""",
            $$"""[{"manager":"m","operation":"Update","apiVersion":"v1","fieldsType":"FieldsV1","fieldsV1":{{string.Concat(Enumerable.Repeat("{\"f:x\":", 50))}}1{{new string('}', 50)}}}]""", """[{"manager":"m","operation":"Update","apiVersion":"v1","fieldsV1":{"f:data":{}}}]"""])
        {
            Assert.Equal(200, (await server.PatchAsync(Map, $$$"""{"metadata":{"managedFields":{{{nonsense}}}}}""")).Code);
            Assert.Equal(before, Owners(await ReadAsync(server)));
        }

        var (_, written) = await server.PatchAsync(Map, """{"metadata":{"managedFields":[{"manager":"m","operation":"Apply","apiVersion":"v1","fieldsType":"FieldsV1","fieldsV1":{"f:data":{"f:x":{}}}}]}}""");
        Assert.Equal("""m Apply v1 {"f:data":{"f:x":{}}}""", Owners(written));
        var (code, refused) = await server.PatchAsync(Map, """{"metadata":{"managedFields":[{"manager":"NAME","operation":"Apply","apiVersion":"v1","fieldsType":"FieldsV1","fieldsV1":{"f:data":{"f:x":{}}}}]}}"""
            .Replace("NAME", new string('m', 129), StringComparison.Ordinal));
        Assert.Equal(422, code);
        Assert.Equal("metadata.managedFields[0].manager", (string?)refused["details"]!["causes"]![0]!["field"]);
    }

    [Fact]
    public async Task An_object_gets_no_more_managers_than_are_looked_at_with_each_change()
    {
        await using var server = await TestServer.StartAsync();
        const string entry = """{"manager":"NAME","operation":"Apply","apiVersion":"v1","fieldsType":"FieldsV1","fieldsV1":{"f:data":{"f:x":{}}}}""";
        var entries = string.Join(',', Enumerable.Range(0, 256).Select(i => entry.Replace("NAME", $"m{i}", StringComparison.Ordinal)));
        await ApplyAsync(server, "m1", """{"x":"1"}""");

        Assert.Equal(422, (await server.PatchAsync(Map, $$$"""{"metadata":{"managedFields":[{{{entries}}},{{{entry}}}]}}""")).Code);
        Assert.Equal(200, (await server.PatchAsync(Map, $$$"""{"metadata":{"managedFields":[{{{entries}}}]}}""")).Code);
        var (_, refused) = await ApplyAsync(server, "one-more", """{"x":"1"}""");
        Assert.Equal("metadata.managedFields", (string?)refused["details"]!["causes"]![0]!["field"]);
        Assert.Equal(200, (await ApplyAsync(server, "m1", """{"x":"1"}""")).Code);
    }

    [Fact]
    public async Task Eleven_updaters_leave_ten_entries()
    {
        await using var server = await TestServer.StartAsync();
        await ApplyAsync(server, "one", """{"x":"1"}""");
        for (var i = 0; i < 12; i++) await server.PatchAsync($"{Map}?fieldManager=m{i:00}", $$$"""{"data":{"k{{{i:00}}}":"1"}}""");
        var owners = Owners(await ReadAsync(server)).Split(';');
        Assert.Equal(10, owners.Count(o => o.Contains(" Update ", StringComparison.Ordinal)));
        Assert.Contains("""ancient-changes Update v1 {"f:data":{"f:k00":{},"f:k01":{},"f:k02":{}}}""", owners);
    }

    [Fact]
    public async Task The_status_has_managers_of_its_own()
    {
        await using var server = await TestServer.StartAsync();
        const string Node = "/api/v1/nodes/n";
        var agent = server.ClientOf("system:node:n");
        Task<(int Code, JsonObject Body)> PatchAsync(string query, string body, string type) => server.SendAsync(HttpMethod.Patch, Node + query, body, type, agent);
        await server.PostAsync("/api/v1/nodes?fieldManager=maker", """{"metadata":{"name":"n"}}""");
        Assert.Equal(404, (await server.PatchAsync("/api/v1/nodes/none/status?fieldManager=x", """{"apiVersion":"v1","kind":"Node","metadata":{"name":"none"}}""", "application/apply-patch+yaml")).Code);
        var (code, applied) = await PatchAsync("/status?fieldManager=agent", """
            {"apiVersion":"v1","kind":"Node","metadata":{"name":"n","labels":{"not":"mine"}},"status":{"conditions":[{"type":"Ready","status":"True"}]}}
            """, "application/apply-patch+yaml");
        Assert.Equal(200, code);
        Assert.Null(applied["metadata"]!["labels"]?["not"]);
        Assert.Contains("""agent Apply v1 /status {"f:status":{"f:conditions":{"k:{\"type\":\"Ready\"}":{".":{},"f:status":{},"f:type":{}}}}}""", Owners(applied), StringComparison.Ordinal);
        await PatchAsync("/status?fieldManager=other", """{"status":{"phase":"Running"}}""", "application/merge-patch+json");
        var (_, removed) = await PatchAsync("/status?fieldManager=agent", """{"apiVersion":"v1","kind":"Node","metadata":{"name":"n"}}""", "application/apply-patch+yaml");
        Assert.Null(removed["status"]?["conditions"]);
        Assert.Equal("Running", (string?)removed["status"]!["phase"]);

        // The object's own path writes no status, so it owns none.
        var (_, main) = await PatchAsync("?fieldManager=agent", """{"apiVersion":"v1","kind":"Node","metadata":{"name":"n"},"spec":{"unschedulable":true},"status":{"phase":"x"}}""", "application/apply-patch+yaml");
        Assert.Contains("""agent Apply v1 {"f:spec":{"f:unschedulable":{}}}""", Owners(main), StringComparison.Ordinal);
        Assert.Equal("Running", (string?)main["status"]!["phase"]);
    }

    [Theory]
    [InlineData("", """{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a"}}""", 422, "PatchOptions.meta.k8s.io \"\" is invalid: fieldManager: Required value: is required for apply patch")]
    [InlineData("?fieldManager=m", """{"metadata":{"name":"a"}}""", 400, "invalid object type")]
    [InlineData("?fieldManager=m", """{"apiVersion":"v1","kind":"Secret","metadata":{"name":"a"}}""", 400, "the kind in the data (Secret) does not match the expected kind (ConfigMap)")]
    [InlineData("?fieldManager=m", """{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"b"}}""", 400, "the name of the object (b) does not match the name on the URL (a)")]
    [InlineData("?fieldManager=m", """{"apiVersion":"v1","kind":"ConfigMap"}""", 400, "name must be provided")]
    [InlineData("?fieldManager=m", """{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a","uid":"7"}}""", 409, "uid mismatch")]
    [InlineData("?fieldManager=m", """{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a","managedFields":[]}}""", 400, "metadata.managedFields must be nil")]
    [InlineData("?fieldManager=m&fieldValidation=Ignore", """{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a"},"dat":{}}""", 400, "unknown field \"dat\"")]
    [InlineData("?fieldManager=m", """{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a","finalizers":["e/f","e/f"]}}""", 400, "failed to create typed patch object (default/a; v1, Kind=ConfigMap): .metadata.finalizers: duplicate entries for key [=\"e/f\"]")]
    [InlineData("?fieldManager=m", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, name: b}", 400, "already set in map")]
    [InlineData("?fieldManager=m", "a: [", 400, "error decoding YAML")]
    [InlineData("?fieldManager=%00", """{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a"}}""", 422, "invalid character U+0000 (at position 0)")]
    [InlineData("?fieldManager=m&force=maybe", """{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a"}}""", 400, "force")]
    public async Task A_configuration_that_means_nothing_is_refused_and_nothing_written(string query, string body, int expected, string message)
    {
        await using var server = await TestServer.StartAsync();
        var (code, refused) = await server.PatchAsync(Map + query, body, "application/apply-patch+yaml");
        Assert.Equal(expected, code);
        Assert.Contains(message, (string?)refused["message"], StringComparison.Ordinal);
        Assert.Equal(404, (await server.GetAsync(Map)).Code);
    }

    [Fact]
    public async Task Force_belongs_to_apply_alone()
    {
        await using var server = await TestServer.StartAsync();
        await ApplyAsync(server, "one", """{"x":"1"}""");
        var (code, refused) = await server.PatchAsync(Map + "?force=true", """{"data":{"x":"2"}}""");
        Assert.Equal(422, code);
        Assert.Contains("may not be specified for non-apply patch", (string?)refused["message"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_dry_run_answers_what_would_be_and_writes_nothing()
    {
        await using var server = await TestServer.StartAsync();
        var (code, made) = await ApplyAsync(server, "one", """{"x":"1"}""", "&dryRun=All");
        Assert.Equal(201, code);
        Assert.Equal("""one Apply v1 {"f:data":{"f:x":{}}}""", Owners(made));
        Assert.Equal(404, (await server.GetAsync(Map)).Code);
        await ApplyAsync(server, "one", """{"x":"1"}""");
        Assert.Equal(409, (await ApplyAsync(server, "two", """{"x":"2"}""", "&dryRun=All")).Code);
        Assert.Equal("2", (string?)(await ApplyAsync(server, "two", """{"x":"2"}""", "&dryRun=All&force=true")).Body["data"]!["x"]);
        Assert.Equal("1", (string?)(await ReadAsync(server))["data"]!["x"]);
    }

    [Fact]
    public async Task Who_may_patch_and_not_create_makes_no_object_by_apply()
    {
        await using var server = await TestServer.StartAsync(change: o => o with { Authorizer = _ => new NobodyCreates() });
        var (code, refused) = await ApplyAsync(server, "one", """{"x":"1"}""");
        Assert.Equal(403, code);
        Assert.Contains("cannot create resource \"configmaps\"", (string?)refused["message"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_apply_of_an_old_version_is_refused()
    {
        await using var server = await TestServer.StartAsync();
        var (_, made) = await ApplyAsync(server, "one", """{"x":"1"}""");
        var version = (string?)made["metadata"]!["resourceVersion"];
        await server.PatchAsync(Map, """{"data":{"y":"1"}}""");
        var (code, _) = await server.PatchAsync(Map + "?fieldManager=one", $$$"""{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a","resourceVersion":"{{{version}}}"},"data":{"x":"2"}}""", "application/apply-patch+yaml");
        Assert.Equal(409, code);
    }

    [Fact]
    public async Task Many_that_apply_at_once_lose_nothing_of_each_other()
    {
        await using var server = await TestServer.StartAsync();
        var codes = await Task.WhenAll(Enumerable.Range(0, 8).Select(async i => (await ApplyAsync(server, $"m{i}", $$$"""{"k{{{i}}}":"{{{i}}}"}""")).Code));
        Assert.All(codes, code => Assert.True(code is 200 or 201));
        Assert.Equal(8, (await ReadAsync(server))["data"]!.AsObject().Count);
    }

    private static Task<(int Code, JsonObject Body)> ApplyAsync(TestServer server, string manager, string? data, string more = "") =>
        server.PatchAsync($"{Map}?fieldManager={manager}{more}", $$$"""{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a"}{{{(data is null ? "" : $",\"data\":{data}")}}}}""", "application/apply-patch+yaml");

    private static async Task<JsonObject> ReadAsync(TestServer server) => (await server.GetAsync(Map)).Body;

    private static string Owners(JsonObject document) => string.Join(';', (document["metadata"]!["managedFields"] as JsonArray ?? []).Select(e =>
        $"{e!["manager"]} {e["operation"]} {e["apiVersion"]}{(e["subresource"] is { } sub ? $" /{sub}" : "")} {e["fieldsV1"]!.ToJsonString(new System.Text.Json.JsonSerializerOptions { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping })}"));
}
