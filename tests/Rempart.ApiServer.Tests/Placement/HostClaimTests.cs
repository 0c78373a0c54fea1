using Rempart.ApiServer.Tests.Http;
using static Rempart.ApiServer.Tests.Placement.PlacementWorld;

namespace Rempart.ApiServer.Tests.Placement;

/// <summary>The server itself refuses what a host has no room for, whoever asks.</summary>
public sealed class HostClaimTests
{
    [Fact]
    public async Task A_host_takes_what_it_has_room_for()
    {
        await using var server = await TestServer.StartAsync();
        await HostAsync(server, "h1");
        foreach (var name in (string[])["a", "b", "c"]) await MachineAsync(server, name);
        Assert.Equal(201, (await BindAsync(server, "a", "h1")).Code);
        Assert.Equal(201, (await BindAsync(server, "b", "h1")).Code);
        var (code, body) = await BindAsync(server, "c", "h1");
        Assert.Equal(409, code);
        Assert.Contains("node `h1` lacks memory (need 416Mi, 192Mi free)", Message(body), StringComparison.Ordinal);
        Assert.Equal("Conflict", body["reason"]!.GetValue<string>());
        // A finalizer holds the place of a machine that goes, and its end gives it back.
        Assert.Equal(200, (await server.DeleteAsync(Machines + "/a")).Code);
        Assert.Equal(201, (await BindAsync(server, "c", "h1")).Code);
    }

    [Fact]
    public async Task A_host_that_is_cordoned_or_unknown_takes_nothing()
    {
        await using var server = await TestServer.StartAsync();
        await HostAsync(server, "h1");
        await MachineAsync(server, "a");
        Assert.Equal(200, (await server.PatchAsync(Nodes + "/h1", """{"spec":{"unschedulable":true}}""")).Code);
        Assert.Contains("node `h1` is cordoned", Message((await BindAsync(server, "a", "h1")).Body), StringComparison.Ordinal);
        Assert.Equal(404, (await BindAsync(server, "a", "h2")).Code);
        Assert.Equal(200, (await server.PatchAsync(Nodes + "/h1", """{"spec":{"unschedulable":null}}""")).Code);
        Assert.Equal(201, (await BindAsync(server, "a", "h1")).Code);
    }

    [Theory]
    [InlineData("""{"type":"Separation","machines":{}}""", "h1", "h1", "would break the rule `r`")]
    [InlineData("""{"type":"Separation","machines":{},"topologyKey":"topology.kubernetes.io/zone"}""", "h1", "h2", "would break the rule `r`")]
    [InlineData("""{"type":"Affinity","machines":{}}""", "h1", "h2", "would break the rule `r`")]
    [InlineData("""{"type":"Affinity","machines":{},"hosts":{"matchLabels":{"topology.kubernetes.io/zone":"b"}}}""", "h3", "h1", "would break the rule `r`")]
    [InlineData("""{"type":"Separation","enforcement":"Preferred","machines":{}}""", "h1", "h1", null)]
    public async Task A_binding_that_breaks_a_required_rule_is_refused(string rule, string first, string second, string? refusal)
    {
        await using var server = await TestServer.StartAsync();
        foreach (var (host, zone) in new[] { ("h1", "a"), ("h2", "a"), ("h3", "b") }) await HostAsync(server, host, zone: zone);
        Assert.Equal(201, (await RuleAsync(server, "r", rule)).Code);
        await MachineAsync(server, "a");
        await MachineAsync(server, "b");
        Assert.Equal(201, (await BindAsync(server, "a", first)).Code);
        var (code, body) = await BindAsync(server, "b", second);
        Assert.Equal(refusal is null ? 201 : 409, code);
        if (refusal is not null) Assert.Contains(refusal, Message(body), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_machine_on_a_host_grows_only_as_far_as_the_host_has_room()
    {
        await using var server = await TestServer.StartAsync();
        await HostAsync(server, "h1");
        foreach (var (name, memory) in new[] { ("large", "512Mi"), ("huge", "800Mi") })
            Assert.Equal(201, (await server.PostAsync(Compute + "/machineclasses", $$$"""{"metadata":{"name":"{{{name}}}"},"spec":{"cpus":1,"memory":"{{{memory}}}"}}""")).Code);
        await MachineAsync(server, "a");
        await MachineAsync(server, "b");
        Assert.Equal(201, (await BindAsync(server, "a", "h1")).Code);
        Assert.Equal(200, (await server.PatchAsync(Machines + "/a", """{"spec":{"class":"large"}}""")).Code);
        var (code, body) = await server.PatchAsync(Machines + "/a", """{"spec":{"class":"huge"}}""");
        Assert.Equal(200, code);
        Assert.Equal("800Mi", body["status"]!["resources"]!["memory"]!.GetValue<string>());
        Assert.Contains("node `h1` lacks memory (need 416Mi, 64Mi free)", Message((await BindAsync(server, "b", "h1")).Body), StringComparison.Ordinal);
        Assert.Equal(200, (await server.PatchAsync(Machines + "/a", """{"spec":{"class":"large"}}""")).Code);
        await HostAsync(server, "h2", "1200Mi");
        Assert.Equal(201, (await BindAsync(server, "b", "h2")).Code);
        await MachineAsync(server, "c");
        Assert.Equal(201, (await BindAsync(server, "c", "h2")).Code);
        (code, body) = await server.PatchAsync(Machines + "/c", """{"spec":{"class":"huge"}}""");
        Assert.Equal(403, code);
        Assert.Contains("node `h2` lacks memory (need 544Mi, 368Mi free): move the machine to another host first", Message(body), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_machine_that_grows_is_counted_by_its_quota_in_the_same_commit()
    {
        await using var server = await TestServer.StartAsync();
        await HostAsync(server, "h1");
        Assert.Equal(201, (await server.PostAsync(Compute + "/machineclasses", """{"metadata":{"name":"large"},"spec":{"cpus":1,"memory":"512Mi"}}""")).Code);
        await MachineAsync(server, "a");
        Assert.Equal(201, (await BindAsync(server, "a", "h1")).Code);
        for (var i = 0; i < 5; i++) Assert.Equal(201, (await server.PostAsync("/api/v1/namespaces/default/resourcequotas", $$$$"""{"metadata":{"name":"q{{{{i}}}}"},"spec":{"hard":{"requests.memory":"1Gi"}}}""")).Code);
        Assert.Equal(200, (await server.PatchAsync(Machines + "/a", """{"spec":{"class":"large"}}""")).Code);
        Assert.Equal("512Mi", (await server.GetAsync("/api/v1/namespaces/default/resourcequotas/q4")).Body["status"]!["used"]!["requests.memory"]!.GetValue<string>());
    }

    [Fact]
    public async Task The_target_of_a_move_is_claimed_when_it_is_named_and_the_switch_needs_no_more()
    {
        await using var server = await TestServer.StartAsync();
        foreach (var host in (string[])["h1", "h2"]) await HostAsync(server, host, "500Mi");
        foreach (var name in (string[])["a", "b"]) await MachineAsync(server, name);
        Assert.Equal(201, (await BindAsync(server, "a", "h1")).Code);
        await server.Host.Writer.CreateAsync(new Api.Compute.MachineMigration
        {
            ApiVersion = "compute.rempart.dev/v1", Kind = "MachineMigration", Metadata = new() { Name = "move", Namespace = "default" }, Spec = new() { Machine = "a" }, Status = new() { Phase = "Pending" },
        }, TestContext.Current.CancellationToken);
        using var mover = server.ClientOf("system:controller:migration");
        const string Target = """{"status":{"phase":"Preparing","sourceNode":"h1","targetNode":"h2"}}""";
        Assert.Equal(201, (await BindAsync(server, "b", "h2")).Code);
        var (code, body) = await server.SendAsync(HttpMethod.Patch, Moves + "/move/status", Target, "application/merge-patch+json", mover);
        Assert.Equal(409, code);
        Assert.Contains("node `h2` lacks memory (need 416Mi, 84Mi free)", Message(body), StringComparison.Ordinal);
        Assert.Equal(200, (await server.DeleteAsync(Machines + "/b")).Code);
        Assert.Equal(200, (await server.SendAsync(HttpMethod.Patch, Moves + "/move/status", Target, "application/merge-patch+json", mover)).Code);
        await MachineAsync(server, "c");
        Assert.Equal(409, (await BindAsync(server, "c", "h2")).Code);
        var moved = (await server.Host.Objects.GetAsync<Api.Compute.VirtualMachine>("default", "a", TestContext.Current.CancellationToken))!;
        await server.Host.Writer.UpdateAsync(moved with { Status = moved.Status! with { NodeName = "h2" } }, TestContext.Current.CancellationToken);
        // Until the move has ended the source is not given to others.
        Assert.Equal(409, (await BindAsync(server, "c", "h1")).Code);
        var move = (await server.Host.Objects.GetAsync<Api.Compute.MachineMigration>("default", "move", TestContext.Current.CancellationToken))!;
        await server.Host.Writer.UpdateAsync(move with { Status = move.Status! with { Conditions = [new() { Type = Api.Compute.MigrationMarks.Committed, Status = "True" }] } }, TestContext.Current.CancellationToken);
        Assert.Equal(200, (await server.SendAsync(HttpMethod.Patch, Moves + "/move/status", """{"status":{"phase":"Completed"}}""", "application/merge-patch+json", mover)).Code);
        Assert.Equal(201, (await BindAsync(server, "c", "h1")).Code);
    }
}
