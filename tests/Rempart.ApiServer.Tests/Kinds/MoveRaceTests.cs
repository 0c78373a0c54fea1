using System.Text.Json;
using System.Text.Json.Nodes;
using Rempart.Api;
using Rempart.Api.Compute;
using Rempart.Api.Storage;
using static Rempart.ApiServer.Tests.Kinds.MoveWorld;

namespace Rempart.ApiServer.Tests.Kinds;

/// <summary>Several parties at once, through two servers over one store.</summary>
public sealed class MoveRaceTests
{
    [Fact]
    public async Task Of_many_who_begin_to_move_a_machine_one_does()
    {
        await using var world = await MoveWorld.StartAsync(2);
        await world.MachineAsync("m");
        for (var round = 0; round < 6; round++)
        {
            var answers = await Task.WhenAll(Enumerable.Range(0, 12).Select(i => world.CreateAsync(i % 2, "m", $"r{round}-{i}")));
            Assert.All(answers, answer => Assert.True(answer.Code is 201 or 409, answer.Body.ToJsonString()));
            var won = Assert.Single(answers, answer => answer.Code == 201).Body["metadata"]!["name"]!.GetValue<string>();
            Assert.Single((await world.Servers[0].GetAsync(Moves)).Body["items"]!.AsArray(), move => move!["status"]!["phase"]!.GetValue<string>() == "Pending");
            await DoneAsync(world.ControlAsync(1, won, """{"status":{"phase":"Failed"}}"""));
        }
    }

    [Fact]
    public async Task A_move_is_committed_or_given_up_and_never_both()
    {
        await using var world = await MoveWorld.StartAsync(2);
        var (committed, given) = (0, 0);
        for (var round = 0; round < 24; round++)
        {
            var machine = $"m{round}";
            await world.MachineAsync(machine, 1);
            var commit = await world.MoveAsync(machine, machine);
            // By turns through either server; in a third of the rounds each has been answered before the other begins.
            var (first, second) = (round % 2, 1 - (round % 2));
            Task<(int Code, JsonObject Body)> Committing() => world.CommitAsync(first, machine, commit);
            Task<(int Code, JsonObject Body)> Giving() => round % 4 < 2 ? world.CancelAsync(second, machine) : world.ControlAsync(second, machine, """{"status":{"phase":"Failed"}}""");
            Task<(int Code, JsonObject Body)> committing, giving;
            if (round % 3 == 2)
            {
                giving = Giving();
                await giving;
                committing = Committing();
            }
            else
            {
                committing = Committing();
                if (round % 3 == 1) await committing;
                giving = Giving();
            }

            var (done, over) = (await committing, await giving);
            if (round % 3 == 1) Assert.Equal(201, done.Code);
            if (round % 3 == 2) Assert.Equal(200, over.Code);
            Assert.True((done.Code == 201) != (over.Code == 200), $"commit {done.Code} {done.Body.ToJsonString()}, giving up {over.Code} {over.Body.ToJsonString()}");
            Assert.Equal(done.Code == 201 ? "host2" : "host1", (await world.Servers[0].GetAsync($"{Machines}/{machine}")).Body["status"]!["nodeName"]!.GetValue<string>());
            if (done.Code == 201) committed++;
            else given++;
        }

        // What happened by itself in the other rounds is luck; that neither ever wins would be no race.
        Assert.True(committed >= 8 && given >= 8, $"{committed} committed, {given} given up");
    }

    [Fact]
    public async Task A_commit_that_began_before_a_move_was_given_up_is_refused()
    {
        await using var world = await MoveWorld.StartAsync(2);
        await world.MachineAsync("m");
        var commit = await world.MoveAsync("m", "x");
        var (held, go) = (new TaskCompletionSource(), new TaskCompletionSource());
        world.World.Ways[1].Before = async writes =>
        {
            if (!writes.Any(write => write.Key.EndsWith("virtualmachines/default/m", StringComparison.Ordinal)) || !held.TrySetResult()) return;
            await go.Task;
        };
        var late = world.CommitAsync(1, "m", commit);
        await held.Task.WaitAsync(TimeSpan.FromMinutes(1));
        await DoneAsync(world.CancelAsync(0, "x"));
        go.SetResult();
        Assert.Contains("given up", await RefusedAsync(409, late), StringComparison.Ordinal);
    }

    /// <summary>Random steps of all parties at once; then the store's history is gone through, commit by commit.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task At_every_revision_a_machine_changes_hosts_by_a_commit_alone(int seed)
    {
        await using var world = await MoveWorld.StartAsync(2);
        string[] machines = ["a", "b"];
        foreach (var machine in machines) await world.MachineAsync(machine);
        await Task.WhenAll(Enumerable.Range(0, 4).Select(async party =>
        {
            var random = new Random((seed * 100) + party);
            for (var step = 0; step < 160; step++) await StepAsync(world, party % 2, machines[random.Next(2)], random, $"{party}-{step}");
        }));
        Assert.True(await ReplayAsync(world) > 0, "no move was ever committed");
    }

    private static async Task StepAsync(MoveWorld world, int server, string machine, Random random, string name)
    {
        var now = (await world.Servers[server].GetAsync($"{Machines}/{machine}")).Body["status"]!;
        var (host, run, newest) = (now["nodeName"]!.GetValue<string>(), now["runGeneration"]!.GetValue<long>(), now["migration"]?.GetValue<string>());
        var target = $"host{1 + random.Next(3)}";
        var answer = random.Next(9) switch
        {
            0 or 1 => await world.CreateAsync(server, machine, $"{machine}-{name}"),
            2 when newest is not null => await world.ControlAsync(server, newest, $$$"""{"status":{"phase":"Preparing","sourceNode":"{{{host}}}","targetNode":"{{{target}}}","runGeneration":{{{run}}} } }"""),
            3 when newest is not null && random.Next(3) == 0 => await world.CancelAsync(server, newest),
            4 when newest is not null => await world.ControlAsync(server, newest, $$$"""{"status":{"phase":"{{{(random.Next(2) == 0 ? "Failed" : "Completed")}}}"} }"""),
            5 when newest is not null && random.Next(4) == 0 => await world.SayAsync(server, host, newest, "Transferring"),
            _ when newest is not null => await CommitAsync(world, server, machine, newest, run - random.Next(2), sent: random.Next(8) > 0),
            _ => (200, []),
        };
        Assert.True(answer.Code is 200 or 201 or 403 or 409 or 422, answer.Body.ToJsonString());
    }

    private static async Task<(int Code, JsonObject Body)> CommitAsync(MoveWorld world, int server, string machine, string move, long run, bool sent)
    {
        var found = (await world.Servers[server].GetAsync($"{Moves}/{move}")).Body;
        if (found["status"]?["targetNode"]?.GetValue<string>() is not { } target) return (200, []);
        if (sent) await world.SayAsync(server, found["status"]!["sourceNode"]!.GetValue<string>(), move, "Sent");
        return await world.CommitAsync(server, machine, new JsonObject { ["nodeName"] = target, ["migration"] = move, ["migrationUid"] = found["metadata"]!["uid"]!.GetValue<string>(), ["runGeneration"] = run });
    }

    private static async Task<int> ReplayAsync(MoveWorld world)
    {
        var store = world.World.Store;
        var last = (await store.CurrentAsync(CancellationToken.None)).Revision;
        var (machines, moves, volumes, commits) = (new Dictionary<string, VirtualMachine>(), new Dictionary<string, MachineMigration>(), new Dictionary<string, Volume>(), 0);
        await foreach (var batch in store.WatchAsync("/registry/", 1, CancellationToken.None))
        {
            foreach (var commit in batch.Events.Where(change => change.Value is not null).GroupBy(change => change.Revision))
            {
                var before = machines.ToDictionary();
                foreach (var change in commit)
                {
                    Take(change.Key, "/virtualmachines/", change.Value!.Value, machines);
                    Take(change.Key, "/machinemigrations/", change.Value!.Value, moves);
                    Take(change.Key, "/volumes/", change.Value!.Value, volumes);
                }

                foreach (var (name, machine) in machines)
                {
                    Assert.True(moves.Values.Count(move => move.Spec.Machine == name && !MigrationPhase.IsEnded(move.Status?.Phase)) <= 1, $"revision {commit.Key}: two active moves of `{name}`");
                    if (!before.TryGetValue(name, out var was) || was.Status?.NodeName is not { } host || machine.Status!.NodeName == host) continue;
                    commits++;
                    Assert.Equal(was.Status.RunGeneration + 1, machine.Status.RunGeneration);
                    var move = moves[machine.Status.Migration!];
                    Assert.True(MigrationMarks.IsCommitted(move) && move.Status!.TargetNode == machine.Status.NodeName && move.Status.SourceNode == host, $"revision {commit.Key}: `{name}` changed hosts without its move");
                    Assert.All(machine.Status.Volumes!, volume => Assert.Equal(machine.Status.NodeName, volumes[volume.ObjectName].Status!.NodeName));
                }

                Assert.DoesNotContain(moves.Values, move => MigrationMarks.IsCommitted(move) && move.Status!.Phase is MigrationPhase.Failed or MigrationPhase.Canceled);
            }

            if (batch.Revision >= last) break;
        }

        return commits;
    }

    private static void Take<T>(string key, string plural, ReadOnlyMemory<byte> value, Dictionary<string, T> into)
    {
        if (!key.Contains(plural + "default/", StringComparison.Ordinal)) return;
        into[key[(key.LastIndexOf('/') + 1)..]] = JsonSerializer.Deserialize<T>(value.Span, ApiJson.Lenient)!;
    }
}
