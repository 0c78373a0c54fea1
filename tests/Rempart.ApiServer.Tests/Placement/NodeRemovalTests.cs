using System.Text.Json.Nodes;
using Rempart.ApiServer.Authentication;
using Rempart.ApiServer.Tests.Kinds;
using static Rempart.ApiServer.Tests.Kinds.MoveWorld;

namespace Rempart.ApiServer.Tests.Placement;

/// <summary>A node that is deleted through one server while machines come to it through another.</summary>
public sealed class NodeRemovalTests
{
    private const string Node = "/api/v1/nodes/host2";

    [Fact]
    public async Task A_machine_that_is_bound_while_a_deletion_is_under_way_keeps_its_node_and_nothing_is_revoked()
    {
        await using var world = await MoveWorld.StartAsync(2);
        await MachineAsync(world, "late");
        var (held, go) = Hold(world, 0, "/nodes/host2");
        var deleting = world.Servers[0].DeleteAsync(Node);
        await held.WaitAsync(TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken);
        await DoneAsync(world.Servers[1].PostAsync($"{Machines}/late/binding", """{"nodeName":"host2"}"""));
        go.SetResult();
        Assert.Contains("1 machine is bound to it: `default/late`", await RefusedAsync(409, deleting), StringComparison.Ordinal);
        Assert.Equal(200, (await world.Servers[0].GetAsync(Node)).Code);
        Assert.Empty(await RevokedAsync(world));
    }

    [Fact]
    public async Task A_node_that_a_machine_moves_to_is_not_deleted()
    {
        await using var world = await MoveWorld.StartAsync(2);
        await world.MachineAsync("m");
        var made = await DoneAsync(world.CreateAsync(0, "m", "x"));
        var (held, go) = Hold(world, 0, "/nodes/host2");
        var deleting = world.Servers[0].DeleteAsync(Node);
        await held.WaitAsync(TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken);
        await world.BeginAsync("m", made);
        go.SetResult();
        const string Said = "1 machine is being moved to it: `default/m`. Wait for the moves or cancel them first";
        Assert.Contains(Said, await RefusedAsync(409, deleting), StringComparison.Ordinal);
        Assert.Contains(Said, await RefusedAsync(409, world.Servers[1].DeleteAsync(Node + "?dryRun=All")), StringComparison.Ordinal);
        Assert.Empty(await RevokedAsync(world));

        await DoneAsync(world.CancelAsync(0, "x"));
        await DoneAsync(world.ControlAsync(0, "x", """{"status":{"phase":"Canceled"}}"""));
        await DoneAsync(world.Servers[1].DeleteAsync(Node));
        Assert.Equal(["node.host2"], await RevokedAsync(world));
    }

    [Fact]
    public async Task A_move_is_not_committed_to_a_node_that_was_deleted_by_force()
    {
        await using var world = await MoveWorld.StartAsync(2);
        await world.MachineAsync("m");
        var commit = await world.MoveAsync("m", "x");
        var (held, go) = Hold(world, 1, "/virtualmachines/default/m");
        var committing = world.CommitAsync(1, "m", commit);
        await held.WaitAsync(TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken);
        await DoneAsync(world.Servers[0].DeleteAsync(Node + "?gracePeriodSeconds=0"));
        go.SetResult();
        Assert.Contains("\"host2\" not found", await RefusedAsync(404, committing), StringComparison.Ordinal);
        Assert.Equal("host1", (await world.Servers[0].GetAsync($"{Machines}/m")).Body["status"]!["nodeName"]!.GetValue<string>());
    }

    private static Task<JsonObject> MachineAsync(MoveWorld world, string name) =>
        DoneAsync(world.Servers[0].PostAsync(Machines, $$$"""{"metadata":{"name":"{{{name}}}"},"spec":{"template":"t","class":"small"}}"""));

    // The first commit of a server that writes the key waits until it may go.
    private static (Task Held, TaskCompletionSource Go) Hold(MoveWorld world, int server, string key)
    {
        var (held, go) = (new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously), new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        world.World.Ways[server].Before = async writes =>
        {
            if (!writes.Any(write => !write.IsCheck && write.Key.EndsWith(key, StringComparison.Ordinal)) || !held.TrySetResult()) return;
            await go.Task;
        };
        return (held.Task, go);
    }

    private static async Task<IEnumerable<string>> RevokedAsync(MoveWorld world) =>
        ((await world.Servers[1].GetAsync($"/api/v1/namespaces/{CertificateRevocations.Namespace}/configmaps/{CertificateRevocations.Name}")).Body["data"] as JsonObject ?? []).Select(line => line.Key);
}
