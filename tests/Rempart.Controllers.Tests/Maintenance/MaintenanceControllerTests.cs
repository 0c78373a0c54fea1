using Rempart.Api.Compute;
using Rempart.Api.Core;
using Rempart.Api.Infra;
using Rempart.Api.Meta;
using Rempart.Controllers.Maintenance;
using Rempart.Controllers.Tests.Compute;
using Rempart.Testing.Api;
using Rempart.Testing.Time;

namespace Rempart.Controllers.Tests.Maintenance;

public sealed class MaintenanceControllerTests
{
    [Fact]
    public async Task A_host_is_emptied_two_machines_at_a_time_and_let_go_again()
    {
        await using var world = World("a", "b", "c");
        Enter(world, 2);
        await world.UntilAsync("two move", () => Moves(world).Count == 2 && Status(world).MachinesMoving == 2);
        await world.SettleAsync();
        Assert.Equal(2, Moves(world).Count);
        Assert.True(Node(world).Spec?.Unschedulable);
        Assert.Equal((MaintenancePhase.Draining, 3), (Status(world).Phase, Status(world).MachinesLeft));

        Arrive(world, "a");
        await world.UntilAsync("the third moves", () => Moves(world).Count == 3);
        Arrive(world, "b");
        Arrive(world, "c");
        await world.UntilAsync("drained", () => Status(world) is { Phase: MaintenancePhase.Drained, MachinesLeft: 0, DrainedAt: not null });

        await LeaveAsync(world);
        Assert.Null(Node(world).Spec?.Unschedulable);
    }

    [Fact]
    public async Task What_was_unschedulable_before_stays_so()
    {
        await using var world = World();
        world.Api.Seed(Node(world) with { Spec = new() { Unschedulable = true } });
        Enter(world, 2);
        await world.UntilAsync("drained", () => Maintenance(world)?.Status?.Phase == MaintenancePhase.Drained);
        Assert.False(Status(world).Cordoned);
        await LeaveAsync(world);
        Assert.True(Node(world).Spec!.Unschedulable);
    }

    [Fact]
    public async Task What_blocks_is_named_and_tried_again()
    {
        await using var world = World("a", "b");
        world.Api.Seed(Machine(world, "b") with { Status = Machine(world, "b").Status! with { Phase = MachinePhase.Paused } });
        Enter(world, 2);
        await world.UntilAsync("one moves", () => Moves(world).Count == 1);
        End(world, "a", MigrationPhase.Failed, "NoTarget", "no other node can take the machine: `host2` is cordoned");
        // On a clock that stands still: it is tried again after a minute.
        await Eventually.HoldsAsync("blocked", () => Status(world).Phase == MaintenancePhase.Blocked, TestContext.Current.CancellationToken);
        Assert.Equal(
            [("a", "NoTarget", "no other node can take the machine: `host2` is cordoned"), ("b", "Paused", "the machine is paused: resume or stop it")],
            Status(world).Blockers!.Select(blocker => (blocker.Machine, blocker.Reason, blocker.Message)));
        await world.UntilAsync("tried again", () => Moves(world).Count == 2);
    }

    [Fact]
    public async Task A_machine_that_keeps_failing_to_move_is_tried_less_and_less_often_and_named_all_the_while()
    {
        await using var world = World("a");
        Enter(world, 2);
        List<TimeSpan> pauses = [];
        for (var i = 1; i <= 3; i++)
        {
            var tries = i;
            await world.UntilAsync("tried", () => Moves(world).Count == tries);
            // The controller has seen its own move; one that ended before would be followed by another at once.
            var held = await HeldAsync(world, "moving", status => status.MachinesMoving == 1);
            if (i > 1) Assert.Equal("Timeout", held.Blockers?.Single().Reason);
            End(world, "a", MigrationPhase.Failed, "Timeout", "not done within 3600 s");
            var failed = world.Time.GetUtcNow();
            await world.UntilAsync("tried again", () => Moves(world).Count == tries + 1);
            pauses.Add(world.Time.GetUtcNow() - failed);
        }

        // The clock runs ahead of controllers that have little of the processor: later is right too. An end is known to the second.
        Assert.All(pauses.Zip((int[])[1, 2, 4]), pair => Assert.True(pair.First > TimeSpan.FromMinutes(pair.Second) - TimeSpan.FromSeconds(1), $"{pair.First}"));
    }

    [Fact]
    public void Pauses_between_tries_grow_to_half_an_hour() =>
        Assert.Equal([1, 2, 4, 8, 16, 30, 30, 30], new[] { 1, 2, 3, 4, 5, 6, 7, 1000 }.Select(failures => DrainPlanner.PauseBehind(failures).TotalMinutes));

    [Fact]
    public async Task Nothing_begins_to_move_from_a_host_that_is_lost()
    {
        await using var world = World("a");
        world.Api.Seed(Node(world) with { Status = Node(world).Status! with { Conditions = [new() { Type = "Ready", Status = "Unknown" }] } });
        await world.SettleAsync();
        Enter(world, 2);
        var status = await HeldAsync(world, "blocked", status => status.Phase == MaintenancePhase.Blocked);
        Assert.Equal(("a", "SourceLost"), (status.Blockers!.Single().Machine, status.Blockers!.Single().Reason));
        await world.SettleAsync();
        Assert.Empty(Moves(world));
        world.Api.Seed(Node(world) with { Status = Node(world).Status! with { Conditions = [new() { Type = "Ready", Status = "True" }] } });
        await world.UntilAsync("it moves", () => Moves(world).Count == 1);
    }

    [Theory]
    [InlineData(null, PowerState.Running, MaintenancePhase.Draining)]
    [InlineData(MachinePhase.Pending, PowerState.Running, MaintenancePhase.Draining)]
    [InlineData(MachinePhase.Scheduled, PowerState.Running, MaintenancePhase.Draining)]
    [InlineData(MachinePhase.Scheduled, PowerState.Stopped, MaintenancePhase.Drained)]
    [InlineData(MachinePhase.Stopped, PowerState.Running, MaintenancePhase.Drained)]
    [InlineData(MachinePhase.Failed, PowerState.Stopped, MaintenancePhase.Drained)]
    [InlineData(MachinePhase.Stopping, PowerState.Stopped, MaintenancePhase.Draining)]
    public async Task What_is_bound_and_about_to_run_keeps_a_host_from_being_drained(string? phase, string power, string expected)
    {
        await using var world = World("a");
        world.Api.Seed(Machine(world, "a") with { Spec = Machine(world, "a").Spec with { PowerState = power }, Status = Machine(world, "a").Status! with { Phase = phase } });
        Enter(world, 2);
        await world.UntilAsync("told", () => Status(world).MachinesLeft is not null);
        await world.SettleAsync();
        Assert.Equal((expected, expected == MaintenancePhase.Drained ? 0 : 1), (Status(world).Phase, Status(world).MachinesLeft));
        Assert.Empty(Moves(world));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_host_that_a_machine_is_on_its_way_to_is_not_drained(bool isSeen)
    {
        await using var world = World();
        await world.SettleAsync();
        // The cache may not show it: who is told `Drained` switches the host off.
        if (!isSeen) world.Api.Fault = request => request.RequestUri!.AbsolutePath.EndsWith("/machinemigrations", StringComparison.Ordinal) && !request.RequestUri.Query.Contains("fieldSelector", StringComparison.Ordinal) ? new() { Status = "Failure", Code = 503, Reason = "ServiceUnavailable", Message = "away" } : null;
        if (!isSeen) world.Api.Disconnect();
        var move = new MachineMigration { Metadata = new ObjectMeta { Namespace = "p", Name = "x" }, Spec = new() { Machine = "z" }, Status = new() { Phase = MigrationPhase.Transferring, SourceNode = "host2", TargetNode = "host1" } };
        world.Api.Seed(move);
        Enter(world, 2);
        var status = await HeldAsync(world, "told", status => status.MachinesLeft is not null);
        Assert.Equal((MaintenancePhase.Draining, 1, "1 machine left, 0 moving, 1 on the way there"), (status.Phase, status.MachinesLeft, status.Message));

        world.Api.Fault = null;
        var machine = MachineWorld.Machine("z");
        world.Api.Seed(machine with { Status = machine.Status! with { NodeName = "host1", Phase = MachinePhase.Running, RunGeneration = 2 } });
        world.Api.Seed(move with { Status = move.Status! with { Phase = MigrationPhase.Completed } });
        await world.UntilAsync("it moves on", () => Moves(world).Count == 1);
    }

    [Fact]
    public async Task A_maintenance_goes_with_its_node_and_one_of_no_node_says_so()
    {
        await using var world = World("a");
        world.Api.Seed(new HostMaintenance { Metadata = new ObjectMeta { Name = "hots1", Finalizers = [MaintenanceMarks.Finalizer] }, Spec = new() });
        Enter(world, 1);
        await world.UntilAsync("one moves", () => Moves(world).Count == 1);
        using var client = world.Api.Client();
        await client.DeleteAsync<Node>(null, "host1", null, CancellationToken.None);
        await world.UntilAsync("gone", () => Maintenance(world) is null);
        await world.UntilAsync("said", () => world.Api.Find<HostMaintenance>(null, "hots1")!.Status?.Message == "there is no node `hots1` in the cluster: end this maintenance");
    }

    [Fact]
    public async Task Hosts_that_share_a_label_for_their_length_keep_their_own_moves()
    {
        await using var world = World();
        var (one, other) = ($"{new string('h', 70)}1", $"{new string('h', 70)}2");
        foreach (var (host, machine) in new[] { (one, "a"), (other, "b") })
        {
            world.Api.Seed(MachineWorld.Node(host, world.Time.GetUtcNow()));
            var made = MachineWorld.Machine(machine);
            world.Api.Seed(made with { Status = made.Status! with { NodeName = host, Phase = MachinePhase.Running, RunGeneration = 1 } });
            world.Api.Seed(new HostMaintenance { Metadata = new ObjectMeta { Name = host, Finalizers = [MaintenanceMarks.Finalizer] }, Spec = new() });
        }

        await world.UntilAsync("both move", () => world.Api.All<MachineMigration>().Count == 2);
        await world.SettleAsync();
        using var client = world.Api.Client();
        await client.DeleteAsync<HostMaintenance>(null, one, null, CancellationToken.None);
        await world.UntilAsync("left", () => world.Api.Find<HostMaintenance>(null, one) is null);
        Assert.Equal([("a", true), ("b", null)], world.Api.All<MachineMigration>().OrderBy(move => move.Spec.Machine, StringComparer.Ordinal).Select(move => (move.Spec.Machine, move.Spec.Cancel)));
    }

    [Fact]
    public async Task Leaving_gives_up_the_moves_that_it_began_and_no_others()
    {
        await using var world = World("a");
        world.Api.Seed(new MachineMigration { Metadata = new ObjectMeta { Namespace = "p", Name = "other" }, Spec = new() { Machine = "z" }, Status = new() { Phase = MigrationPhase.Transferring, SourceNode = "host1" } });
        Enter(world, 1);
        await world.UntilAsync("one moves", () => Moves(world).Count == 1);
        await LeaveAsync(world);
        Assert.True(Moves(world).Single().Spec.Cancel);
        Assert.Null(world.Api.Find<MachineMigration>("p", "other")!.Spec.Cancel);
        await world.UntilAsync("said", () => world.Api.All<Event>().Any(told => told.Reason == MaintenancePhase.Leaving));
    }

    [Fact]
    public async Task It_goes_on_where_another_one_ended()
    {
        var world = World("a", "b");
        Enter(world, 1);
        await world.UntilAsync("one moves", () => Moves(world).Count == 1 && Status(world).MachinesMoving == 1);
        await using var next = new ControllerWorld(world.Api, world.Time, TestContext.Current.CancellationToken, MaintenanceController.Registration);
        Arrive(world, Moves(world).Single().Spec.Machine);
        await next.UntilAsync("the second moves", () => Moves(world).Count == 2);
        Arrive(world, "a");
        Arrive(world, "b");
        await next.UntilAsync("drained", () => Status(world).Phase == MaintenancePhase.Drained);
        await LeaveAsync(next);
        Assert.Null(Node(world).Spec?.Unschedulable);
    }

    private static ControllerWorld World(params string[] machines)
    {
        var world = new ControllerWorld(TestContext.Current.CancellationToken, MaintenanceController.Registration);
        // As the server: one active move a machine.
        world.Api.Admission = made => made["kind"]?.ToString() == "MachineMigration" && world.Api.All<MachineMigration>().Any(move => move.Spec.Machine == made["spec"]!["machine"]!.ToString() && !MigrationPhase.IsEnded(move.Status?.Phase))
            ? new ApiStatus { Status = "Failure", Code = 409, Reason = StatusReason.Conflict, Message = "the machine is being moved already" } : null;
        world.Api.Seed(MachineWorld.Node("host1", world.Time.GetUtcNow()));
        foreach (var name in machines)
        {
            var machine = MachineWorld.Machine(name);
            world.Api.Seed(machine with { Status = machine.Status! with { NodeName = "host1", Phase = MachinePhase.Running, RunGeneration = 1 } });
        }

        return world;
    }

    private static void Enter(ControllerWorld world, int parallel) => world.Api.Seed(new HostMaintenance
    {
        Metadata = new ObjectMeta { Name = "host1", Finalizers = [MaintenanceMarks.Finalizer] },
        Spec = new() { Parallel = parallel },
    });

    private static async Task LeaveAsync(ControllerWorld world)
    {
        using var client = world.Api.Client();
        await client.DeleteAsync<HostMaintenance>(null, "host1", null, CancellationToken.None);
        await world.UntilAsync("left", () => Maintenance(world) is null);
    }

    /// <summary>What server and migration controller do with a move that was begun; the fake API does neither.</summary>
    private static List<MachineMigration> Moves(ControllerWorld world)
    {
        var moves = world.Api.All<MachineMigration>().Where(move => move.Metadata.Labels?.GetValueOrDefault(MaintenanceMarks.Label) == "host1").ToList();
        foreach (var move in moves.Where(move => move.Status is null))
        {
            var machine = Machine(world, move.Spec.Machine);
            world.Api.Seed(machine with { Status = machine.Status! with { Migration = move.Metadata.Name } });
            world.Api.Seed(move with { Status = new() { Phase = MigrationPhase.Preparing, MachineUid = machine.Metadata.Uid, SourceNode = "host1", TargetNode = "host2", RunGeneration = 1 } });
        }

        return moves;
    }

    private static void Arrive(ControllerWorld world, string name)
    {
        End(world, name, MigrationPhase.Completed, "Moved", "");
        var machine = Machine(world, name);
        world.Api.Seed(machine with { Status = machine.Status! with { NodeName = "host2", RunGeneration = 2 } });
    }

    private static void End(ControllerWorld world, string machine, string phase, string reason, string message)
    {
        foreach (var move in Moves(world).Where(move => move.Spec.Machine == machine && !MigrationPhase.IsEnded(world.Api.Find<MachineMigration>("p", move.Metadata.Name!)!.Status!.Phase)))
        {
            var now = world.Api.Find<MachineMigration>("p", move.Metadata.Name!)!;
            world.Api.Seed(now with { Status = now.Status! with { Phase = phase, Reason = reason, Message = message, CompletedAt = world.Time.GetUtcNow() } });
        }
    }

    private static VirtualMachine Machine(ControllerWorld world, string name) => world.Api.Find<VirtualMachine>("p", name)!;

    private static Node Node(ControllerWorld world) => world.Api.Find<Node>(null, "host1")!;

    private static HostMaintenance? Maintenance(ControllerWorld world) => world.Api.Find<HostMaintenance>(null, "host1");

    private static async Task<HostMaintenanceStatus> HeldAsync(ControllerWorld world, string what, Func<HostMaintenanceStatus, bool> holds)
    {
        await world.UntilAsync(what, () => holds(Status(world)));
        return Status(world);
    }

    private static HostMaintenanceStatus Status(ControllerWorld world) => Maintenance(world)!.Status ?? new();
}
