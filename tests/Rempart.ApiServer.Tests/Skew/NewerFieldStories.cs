using System.Text.Json.Nodes;
using Rempart.ApiServer.Tests.Http;

namespace Rempart.ApiServer.Tests.Skew;

/// <summary>An object with members that only a newer server knows, written through this one in every way: they stay, or the request is refused.</summary>
public sealed class NewerFieldStories : IAsyncLifetime
{
    private const string Path = "/api/v1/nodes/h1";
    private const string Key = "/registry/core/nodes/h1";
    private TestServer _server = null!;

    public async ValueTask InitializeAsync()
    {
        _server = await TestServer.StartAsync();
        await _server.SendAsync(HttpMethod.Patch, Path + "?fieldManager=ops", """{"apiVersion":"v1","kind":"Node","metadata":{"name":"h1"},"spec":{"unschedulable":true,"taints":[{"key":"a","effect":"NoSchedule"},{"key":"b","effect":"NoSchedule"}]}}""", "application/apply-patch+yaml");
        var (code, told) = await _server.SendAsync(HttpMethod.Patch, Path + "/status", """{"status":{"phase":"Running","conditions":[{"type":"Ready","status":"True"},{"type":"Warm","status":"True"}]}}""", "application/merge-patch+json", Host);
        Assert.True(code == 200, told.ToJsonString());
        await NewerServer.ChangesAsync(_server.Store, Key, node =>
        {
            node["extra"] = "top";
            node["spec"]!["cooling"] = new JsonObject { ["fan"] = 3 };
            node["spec"]!["taints"]![0]!["softly"] = true;
            node["status"]!["heat"] = 40;
            node["status"]!["conditions"]![1]!["degrees"] = 41;
            var applied = node["metadata"]!["managedFields"]!.AsArray().First(entry => (string?)entry!["manager"] == "ops")!;
            applied["fieldsV1"]!["f:spec"]!["f:cooling"] = new JsonObject { ["f:fan"] = new JsonObject() };
        });
    }

    private HttpClient Host => _server.ClientOf("system:node:h1");

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task What_is_read_has_them_by_get_list_and_watch()
    {
        Assert.Equal(3, (int?)(await _server.GetAsync(Path)).Body["spec"]!["cooling"]!["fan"]);
        Assert.Equal(3, (int?)(await _server.GetAsync("/api/v1/nodes")).Body["items"]![0]!["spec"]!["cooling"]!["fan"]);
        using var stream = await _server.Client.GetStreamAsync("/api/v1/nodes?watch=true", TestContext.Current.CancellationToken);
        using var lines = new StreamReader(stream);
        Assert.Contains("\"cooling\"", await lines.ReadLineAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("?fieldValidation=Warn")]
    [InlineData("?fieldValidation=Ignore")]
    public async Task An_update_by_who_knows_nothing_of_them_keeps_them(string validation)
    {
        var (_, node) = await _server.GetAsync(Path);
        node.Remove("extra");
        node["spec"]!.AsObject().Remove("cooling");
        node["spec"]!["taints"]![0]!.AsObject().Remove("softly");
        node["spec"]!["unschedulable"] = false;
        Assert.Equal(200, (await _server.PutAsync(Path + validation, node.ToJsonString())).Code);
        await AllIsThereAsync();
        Assert.False((bool?)(await NewerServer.SeesAsync(_server.Store, Key))["spec"]!["unschedulable"]);
    }

    [Fact]
    public async Task An_update_that_brings_them_back_as_they_were_is_taken()
    {
        var (_, node) = await _server.GetAsync(Path);
        node["metadata"]!["labels"] = new JsonObject { ["a"] = "b" };
        Assert.Equal(200, (await _server.PutAsync(Path, node.ToJsonString())).Code);
        await AllIsThereAsync();
    }

    [Fact]
    public async Task An_update_that_changes_or_adds_one_is_refused()
    {
        var (_, node) = await _server.GetAsync(Path);
        node["spec"]!["cooling"]!["fan"] = 4;
        var (code, refused) = await _server.PutAsync(Path, node.ToJsonString());
        Assert.Equal(400, code);
        Assert.Contains("unknown field \"spec.cooling\"", (string?)refused["message"], StringComparison.Ordinal);
        Assert.Equal(400, (await _server.PatchAsync(Path, """{"spec":{"cooling":{"fan":4}}}""")).Code);
        Assert.Equal(400, (await _server.PatchAsync(Path, """{"spec":{"other":1}}""")).Code);
        await AllIsThereAsync();
    }

    [Theory]
    [InlineData("application/merge-patch+json", """{"spec":{"unschedulable":false},"metadata":{"labels":{"a":"b"}}}""")]
    [InlineData("application/strategic-merge-patch+json", """{"spec":{"unschedulable":false}}""")]
    [InlineData("application/json-patch+json", """[{"op":"replace","path":"/spec/unschedulable","value":false}]""")]
    public async Task Patches_of_other_fields_keep_them(string type, string patch)
    {
        Assert.Equal(200, (await _server.PatchAsync(Path, patch, type)).Code);
        await AllIsThereAsync();
    }

    [Theory]
    [InlineData("application/merge-patch+json", """{"spec":{"cooling":null}}""")]
    [InlineData("application/json-patch+json", """[{"op":"remove","path":"/spec/cooling"}]""")]
    public async Task A_patch_that_removes_one_is_told_where_to_ask(string type, string patch)
    {
        var (code, refused) = await _server.PatchAsync(Path, patch, type);
        Assert.Equal(400, code);
        Assert.Contains("unknown field \"spec.cooling\"", (string?)refused["message"], StringComparison.Ordinal);
        Assert.Contains("through one of that version", (string?)refused["message"], StringComparison.Ordinal);
        Assert.Equal(200, (await _server.PatchAsync(Path + "?fieldValidation=Ignore", patch, type)).Code);
        await AllIsThereAsync();
    }

    [Fact]
    public async Task An_apply_of_who_owns_one_keeps_it_and_its_owner()
    {
        var (code, _) = await _server.SendAsync(HttpMethod.Patch, Path + "?fieldManager=ops", """{"apiVersion":"v1","kind":"Node","metadata":{"name":"h1"},"spec":{"unschedulable":false,"taints":[{"key":"a","effect":"NoSchedule"},{"key":"b","effect":"NoSchedule"}]}}""", "application/apply-patch+yaml");
        Assert.Equal(200, code);
        await AllIsThereAsync();
        var applied = (await NewerServer.SeesAsync(_server.Store, Key))["metadata"]!["managedFields"]!.AsArray().First(entry => (string?)entry!["manager"] == "ops")!;
        Assert.Equal("""{"f:fan":{}}""", applied["fieldsV1"]!["f:spec"]!["f:cooling"]!.ToJsonString());
    }

    [Fact]
    public async Task Another_manager_who_updates_takes_nothing_of_them()
    {
        await _server.PatchAsync(Path + "?fieldManager=other", """{"spec":{"unschedulable":false}}""");
        var applied = (await NewerServer.SeesAsync(_server.Store, Key))["metadata"]!["managedFields"]!.AsArray().First(entry => (string?)entry!["manager"] == "ops")!;
        Assert.Equal("""{"f:fan":{}}""", applied["fieldsV1"]!["f:spec"]!["f:cooling"]!.ToJsonString());
    }

    [Fact]
    public async Task A_status_that_is_replaced_keeps_those_of_both_parts()
    {
        var (_, node) = await _server.GetAsync(Path);
        node["status"] = JsonNode.Parse("""{"phase":"Pending","conditions":[{"type":"Warm","status":"False"},{"type":"Ready","status":"True"}]}""");
        Assert.Equal(200, (await _server.SendAsync(HttpMethod.Put, Path + "/status", node.ToJsonString(), client: Host)).Code);
        await AllIsThereAsync(warm: 0);
        Assert.Equal("Pending", (string?)(await NewerServer.SeesAsync(_server.Store, Key))["status"]!["phase"]);
    }

    [Theory]
    [InlineData("""[{"key":"b","effect":"NoSchedule"},{"key":"a","effect":"NoSchedule"}]""", "b-,a+")]
    [InlineData("""[{"key":"a","effect":"NoExecute"},{"key":"b","effect":"NoSchedule"}]""", "a+,b-")]
    [InlineData("""[{"key":"c","effect":"NoSchedule"},{"key":"a","effect":"NoSchedule"},{"key":"b","effect":"NoSchedule"}]""", "c-,a+,b-")]
    [InlineData("""[{"key":"b","effect":"NoSchedule"}]""", "b-")]
    public async Task Those_of_items_without_keys_go_with_the_item_that_is_the_same_otherwise_or_stands_in_its_place(string taints, string softly)
    {
        Assert.Equal(200, (await _server.PatchAsync(Path, $$$"""{"spec":{"taints":{{{taints}}}}}""")).Code);
        var stored = (await NewerServer.SeesAsync(_server.Store, Key))["spec"]!["taints"]!.AsArray();
        Assert.Equal(softly, string.Join(',', stored.Select(taint => $"{taint!["key"]}{(taint["softly"] is null ? "-" : "+")}")));
    }

    [Fact]
    public async Task What_is_gone_as_a_whole_takes_its_members_along()
    {
        await _server.PatchAsync(Path, """{"spec":{"taints":[{"key":"b","effect":"NoSchedule"}]}}""");
        var node = await NewerServer.SeesAsync(_server.Store, Key);
        Assert.Equal("""[{"key":"b","effect":"NoSchedule"}]""", node["spec"]!["taints"]!.ToJsonString());
        Assert.NotNull(node["spec"]!["cooling"]);
    }

    [Fact]
    public async Task Deleting_asks_finalizers_with_all_there_is()
    {
        await _server.PatchAsync(Path, """{"metadata":{"finalizers":["example.com/wait"]}}""");
        await _server.DeleteAsync(Path);
        await AllIsThereAsync();
        await _server.PatchAsync(Path, """{"metadata":{"finalizers":null}}""");
        Assert.Equal(404, (await _server.GetAsync(Path)).Code);
    }

    private async Task AllIsThereAsync(int warm = 1)
    {
        var node = await NewerServer.SeesAsync(_server.Store, Key);
        Assert.Equal("top", (string?)node["extra"]);
        Assert.Equal("""{"fan":3}""", node["spec"]!["cooling"]?.ToJsonString());
        Assert.True((bool?)node["spec"]!["taints"]![0]!["softly"]);
        Assert.Null(node["spec"]!["taints"]![1]!["softly"]);
        Assert.Equal(40, (int?)node["status"]!["heat"]);
        Assert.Equal(41, (int?)node["status"]!["conditions"]![warm]!["degrees"]);
    }
}
