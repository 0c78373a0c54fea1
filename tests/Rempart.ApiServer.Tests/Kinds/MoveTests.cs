using System.Text.Json.Nodes;
using static Rempart.ApiServer.Tests.Kinds.MoveWorld;

namespace Rempart.ApiServer.Tests.Kinds;

/// <summary>What a move may say, who writes what of it, and its commit.</summary>
public sealed class MoveTests
{
    [Fact]
    public async Task A_machine_has_one_active_move()
    {
        await using var world = await MoveWorld.StartAsync(1);
        await world.MachineAsync("m");
        var made = await DoneAsync(world.CreateAsync(0, "m", "first"));
        var machine = (await world.Servers[0].GetAsync(Machines + "/m")).Body;
        Assert.Equal("Pending", made["status"]!["phase"]!.GetValue<string>());
        Assert.Equal(machine["metadata"]!["uid"]!.GetValue<string>(), made["status"]!["machineUid"]!.GetValue<string>());
        Assert.Equal(machine["metadata"]!["uid"]!.GetValue<string>(), made["metadata"]!["ownerReferences"]![0]!["uid"]!.GetValue<string>());
        Assert.Equal("first", machine["status"]!["migration"]!.GetValue<string>());
        Assert.Equal(100, made["spec"]!["downtimeLimitMilliseconds"]!.GetValue<int>());

        Assert.Contains("machine `m` is being moved already: wait for machinemigration `first`", await RefusedAsync(409, world.CreateAsync(0, "m", "second")), StringComparison.Ordinal);
        await DoneAsync(world.ControlAsync(0, "first", """{"status":{"phase":"Failed","reason":"Test"}}"""));
        await DoneAsync(world.CreateAsync(0, "m", "second"));
    }

    [Fact]
    public async Task A_name_that_is_made_up_by_the_server_is_free_for_the_next_move()
    {
        await using var world = await MoveWorld.StartAsync(1);
        await world.MachineAsync("m");
        var made = await DoneAsync(world.Servers[0].PostAsync(Moves, """{"metadata":{"generateName":"m-"},"spec":{"machine":"m"}}"""));
        Assert.Equal(made["metadata"]!["name"]!.GetValue<string>(), (await world.Servers[0].GetAsync(Machines + "/m")).Body["status"]!["migration"]!.GetValue<string>());
        Assert.Equal(409, (await world.Servers[0].PostAsync(Moves, """{"metadata":{"generateName":"m-"},"spec":{"machine":"m"}}""")).Code);
    }

    [Fact]
    public async Task What_cannot_be_moved_is_refused_by_its_field()
    {
        await using var world = await MoveWorld.StartAsync(1);
        await world.MachineAsync("m");
        Assert.Contains("spec.machine: Not found: \"nobody\"", await RefusedAsync(422, world.CreateAsync(0, "nobody", "x")), StringComparison.Ordinal);
        Assert.Contains("spec.targetNode: Invalid value: \"host1\": the machine is there already", await RefusedAsync(422, world.CreateAsync(0, "m", "x", ",\"targetNode\":\"host1\"")), StringComparison.Ordinal);
        Assert.Contains("spec.targetNode: Not found", await RefusedAsync(422, world.CreateAsync(0, "m", "x", ",\"targetNode\":\"host9\"")), StringComparison.Ordinal);
        Assert.Contains("spec.downtimeLimitMilliseconds", await RefusedAsync(422, world.CreateAsync(0, "m", "x", ",\"downtimeLimitMilliseconds\":0")), StringComparison.Ordinal);
        Assert.Contains("spec.bandwidth", await RefusedAsync(422, world.CreateAsync(0, "m", "x", ",\"bandwidth\":\"1k\"")), StringComparison.Ordinal);
        Assert.Contains("spec.timeoutSeconds", await RefusedAsync(422, world.CreateAsync(0, "m", "x", ",\"timeoutSeconds\":1")), StringComparison.Ordinal);
        await DoneAsync(world.Servers[0].PostAsync(Machines + "/m/stop", "{}"));
        Assert.Contains("the machine is stopped", await RefusedAsync(422, world.CreateAsync(0, "m", "x")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nothing_of_a_move_is_changed_but_that_it_is_given_up()
    {
        await using var world = await MoveWorld.StartAsync(1);
        await world.MachineAsync("m");
        await world.MoveAsync("m", "x");
        var server = world.Servers[0];
        foreach (var change in (string[])["\"machine\":\"n\"", "\"targetNode\":\"host3\"", "\"bandwidth\":\"1Gi\"", "\"timeoutSeconds\":60", "\"autoConverge\":false"])
        {
            Assert.Equal(422, (await server.PatchAsync(Moves + "/x", $$$"""{"spec":{{{{change}}}} }""")).Code);
        }

        Assert.Contains("field is immutable", await RefusedAsync(422, world.ControlAsync(0, "x", """{"status":{"targetNode":"host3"}}""")), StringComparison.Ordinal);
        await DoneAsync(world.CancelAsync(0, "x"));
        Assert.Equal(422, (await server.PatchAsync(Moves + "/x", """{"spec":{"cancel":false}}""")).Code);
        await DoneAsync(world.ControlAsync(0, "x", """{"status":{"phase":"Canceled"}}"""));
        Assert.Contains("the move is over", await RefusedAsync(422, world.ControlAsync(0, "x", """{"status":{"phase":"Preparing"}}""")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Each_party_writes_its_own_part_of_the_status()
    {
        await using var world = await MoveWorld.StartAsync(1);
        await world.MachineAsync("m");
        await world.MoveAsync("m", "x");
        Task<(int Code, JsonObject Body)> Write(string node, string part, string state) => world.PatchAsync(0, $"system:node:{node},O=system:nodes", Moves + "/x/status", $$$"""{"status":{"{{{part}}}":{"state":"{{{state}}}"} } }""");
        await DoneAsync(Write("host1", "source", "Preparing"));
        await DoneAsync(Write("host2", "target", "Listening"));
        Assert.Contains("node `host1` may not write `status.target`: node `host2` is the target", await RefusedAsync(403, Write("host1", "target", "Failed")), StringComparison.Ordinal);
        Assert.Contains("node `host2` may not write `status.source`", await RefusedAsync(403, Write("host2", "source", "Failed")), StringComparison.Ordinal);
        await RefusedAsync(403, Write("host3", "source", "Failed"));
        await RefusedAsync(422, Write("host2", "target", "Sent"));
        await RefusedAsync(403, world.PatchAsync(0, "system:node:host2,O=system:nodes", Moves + "/x/status", """{"status":{"phase":"Switching"}}"""));
        await RefusedAsync(403, world.PatchAsync(0, "system:node:host2,O=system:nodes", Moves + "/x/status", """{"status":{"conditions":[{"type":"Committed","status":"True"}]}}"""));
        await RefusedAsync(403, world.ControlAsync(0, "x", """{"status":{"conditions":[{"type":"Committed","status":"True"}]}}"""));
        await RefusedAsync(403, world.ControlAsync(0, "x", """{"status":{"source":{"state":"Failed"}}}"""));
        await DoneAsync(world.ControlAsync(0, "x", """{"status":{"phase":"Transferring"}}"""));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    [InlineData(9)]
    public async Task The_commit_binds_the_machine_and_takes_its_volumes_along(int volumes)
    {
        await using var world = await MoveWorld.StartAsync(1);
        await world.MachineAsync("m", volumes);
        var commit = await world.MoveAsync("m", "x");
        await DoneAsync(world.CommitAsync(0, "m", commit));
        // The answer is lost: the target asks again.
        await DoneAsync(world.CommitAsync(0, "m", commit));

        var machine = (await world.Servers[0].GetAsync(Machines + "/m")).Body["status"]!;
        Assert.Equal("host2", machine["nodeName"]!.GetValue<string>());
        Assert.Equal(2, machine["runGeneration"]!.GetValue<int>());
        Assert.Equal(volumes, (await world.Servers[0].GetAsync(Volumes + "?fieldSelector=status.nodeName%3Dhost2")).Body["items"]!.AsArray().Count);
        var move = (await world.Servers[0].GetAsync(Moves + "/x")).Body;
        Assert.Equal("Committed", Assert.Single(move["status"]!["conditions"]!.AsArray())!["type"]!.GetValue<string>());

        Assert.Contains("the move can only go on", await RefusedAsync(422, world.CancelAsync(0, "x")), StringComparison.Ordinal);
        Assert.Contains("the move can only go on", await RefusedAsync(422, world.ControlAsync(0, "x", """{"status":{"phase":"Failed"}}""")), StringComparison.Ordinal);
        await DoneAsync(world.ControlAsync(0, "x", """{"status":{"phase":"Completed"}}"""));
        await DoneAsync(world.CommitAsync(0, "m", commit));
        await DoneAsync(world.CreateAsync(0, "m", "back"));
    }

    [Fact]
    public async Task Only_the_target_of_the_very_move_commits_it()
    {
        await using var world = await MoveWorld.StartAsync(1);
        await world.MachineAsync("m");
        var commit = await world.MoveAsync("m", "x");
        JsonObject With(string field, JsonNode? value)
        {
            var changed = (JsonObject)commit.DeepClone();
            changed[field] = value;
            return changed;
        }

        Assert.Contains("only node `host2` may ask", await RefusedAsync(403, world.CommitAsync(0, "m", commit, "host1")), StringComparison.Ordinal);
        Assert.Contains("leads to node `host2`", await RefusedAsync(403, world.CommitAsync(0, "m", With("nodeName", "host3"))), StringComparison.Ordinal);
        await RefusedAsync(403, world.Servers[0].PostAsync(Machines + "/m/binding", commit.ToJsonString()));
        Assert.Contains("began at run generation 1, not 7", await RefusedAsync(409, world.CommitAsync(0, "m", With("runGeneration", 7))), StringComparison.Ordinal);
        Assert.Contains("is not there any more", await RefusedAsync(409, world.CommitAsync(0, "m", With("migrationUid", "other"))), StringComparison.Ordinal);
        Assert.Contains("is not there any more", await RefusedAsync(409, world.CommitAsync(0, "m", With("migration", "y"))), StringComparison.Ordinal);
        Assert.Contains("migrationUid: Required value", await RefusedAsync(422, world.CommitAsync(0, "m", With("migrationUid", null))), StringComparison.Ordinal);
        Assert.Contains("runGeneration: Required value", await RefusedAsync(422, world.CommitAsync(0, "m", With("runGeneration", null))), StringComparison.Ordinal);
        Assert.Contains("runGeneration: Forbidden", await RefusedAsync(422, world.CommitAsync(0, "m", new JsonObject { ["nodeName"] = "host2", ["runGeneration"] = 1 })), StringComparison.Ordinal);
        Assert.Equal("host1", (await world.Servers[0].GetAsync(Machines + "/m")).Body["status"]!["nodeName"]!.GetValue<string>());
        await DoneAsync(world.CommitAsync(0, "m", commit));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("Transferring")]
    [InlineData("Paused")]
    [InlineData("Failed")]
    [InlineData("Resumed")]
    public async Task Nobody_commits_before_the_source_has_said_that_all_was_sent(string? said)
    {
        await using var world = await MoveWorld.StartAsync(1);
        await world.MachineAsync("m");
        var commit = await world.BeginAsync("m", await DoneAsync(world.CreateAsync(0, "m", "x")));
        if (said is not null) await DoneAsync(world.SayAsync(0, "host1", "x", said));
        Assert.Contains($"it says `{said ?? "nothing"}`", await RefusedAsync(409, world.CommitAsync(0, "m", commit)), StringComparison.Ordinal);
        await DoneAsync(world.SayAsync(0, "host1", "x", "Sent"));
        await DoneAsync(world.CommitAsync(0, "m", commit));
    }

    [Theory]
    [InlineData("""{"address":"host1"}""", "status.source.address")]
    [InlineData("""{"machine":{"board":"BOARD","accelerator":"tcg","memoryKibibytes":1,"cpus":1,"devices":[]}}""", "status.source.machine.board")]
    [InlineData("""{"machine":{"board":"q35","accelerator":"BOARD","memoryKibibytes":1,"cpus":1,"devices":[]}}""", "status.source.machine.accelerator")]
    [InlineData("""{"machine":{"board":"q35","accelerator":"tcg","memoryKibibytes":1,"cpus":1,"devices":["BOARD"]}}""", "status.source.machine.devices[0]")]
    [InlineData("""{"machine":{"board":"q35","accelerator":"tcg","memoryKibibytes":1,"cpus":1,"devices":["d","d","d","d","d","d","d","d","d","d","d","d","d","d","d","d","d","d","d","d","d","d","d","d","d","d","d","d","d","d","d","d","d"]}}""", "status.source.machine.devices")]
    public async Task What_a_source_says_of_its_machine_is_bounded(string source, string field)
    {
        await using var world = await MoveWorld.StartAsync(1);
        await world.MachineAsync("m");
        await world.MoveAsync("m", "x");
        var patch = """{"status":{"source":""" + source.Replace("BOARD", new string('b', 101), StringComparison.Ordinal) + "}}";
        Assert.Contains(field, await RefusedAsync(422, world.PatchAsync(0, "system:node:host1,O=system:nodes", Moves + "/x/status", patch)), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("cancel", "the move is being given up")]
    [InlineData("delete", "the move is being deleted")]
    [InlineData("fail", "the move is over: Failed")]
    [InlineData("stop", "the machine is to be stopped")]
    [InlineData("remove", "the machine is being deleted")]
    public async Task A_move_that_is_given_up_is_not_committed(string how, string why)
    {
        await using var world = await MoveWorld.StartAsync(1);
        await world.MachineAsync("m");
        var commit = await world.MoveAsync("m", "x");
        var server = world.Servers[0];
        await DoneAsync(how switch
        {
            "cancel" => world.CancelAsync(0, "x"),
            "delete" => server.DeleteAsync(Moves + "/x"),
            "fail" => world.ControlAsync(0, "x", """{"status":{"phase":"Failed"}}"""),
            "stop" => server.PostAsync(Machines + "/m/stop", "{}"),
            _ => server.DeleteAsync(Machines + "/m"),
        });
        Assert.Contains(why, await RefusedAsync(409, world.CommitAsync(0, "m", commit)), StringComparison.Ordinal);
        Assert.Equal("host1", (await server.GetAsync(Machines + "/m")).Body["status"]!["nodeName"]!.GetValue<string>());
        // It is held until the controller has seen to it.
        Assert.Equal(200, (await server.GetAsync(Moves + "/x")).Code);
    }
}
