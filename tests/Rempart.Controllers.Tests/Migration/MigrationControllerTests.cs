using Rempart.Api.Compute;
using Rempart.Api.Core;
using Rempart.Api.Meta;
using Rempart.Controllers.Compute;
using Rempart.Testing.Time;
using static Rempart.Controllers.Tests.Migration.ControlledMoves;

namespace Rempart.Controllers.Tests.Migration;

public sealed class MigrationControllerTests
{
    [Fact]
    public async Task A_move_begins_with_the_best_host_and_ends_when_the_source_is_empty()
    {
        await using var world = World("512Mi");
        await MoveAsync(world, "x", "a");
        await world.UntilAsync("begun", () => Status(world, "x").Phase == MigrationPhase.Preparing);
        var begun = Status(world, "x");
        Assert.Equal(("host1", "host2", 1L), (begun.SourceNode, begun.TargetNode, begun.RunGeneration));
        Assert.NotNull(begun.StartedAt);
        Say(world, "x", status => status with { Source = new() { State = MigrationState.Transferring } });
        await world.UntilAsync("sending", () => Status(world, "x").Phase == MigrationPhase.Transferring);

        world.Api.Seed(Bound(world, "a", "host2", 2));
        Say(world, "x", status => status with { Conditions = [new Condition { Type = MigrationMarks.Committed, Status = "True" }], Target = new() { State = MigrationState.Running } });
        await world.UntilAsync("committed", () => Status(world, "x") is { Phase: MigrationPhase.Switching, Reason: MigrationMarks.Committed });
        Say(world, "x", status => status with { Source = new() { State = MigrationState.Released, DowntimeMilliseconds = 42 } });
        await world.UntilAsync("completed", () => Status(world, "x").Phase == MigrationPhase.Completed);
        await world.UntilAsync("told", () => world.Api.All<Event>().Any(e => e.InvolvedObject?.Kind == "VirtualMachine" && e.Reason == "Migrated" && e.Message!.Contains("it stood still for 42 ms", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData(MachinePhase.Running)]
    [InlineData(MachinePhase.Paused)]
    [InlineData(MachinePhase.Stopped)]
    public async Task Disks_alone_move_on_the_host_of_the_machine_whose_word_ends_the_move(string phase)
    {
        await using var world = World("512Mi");
        var machine = Machine("a", "512Mi");
        world.Api.Seed(machine with { Spec = machine.Spec with { PowerState = phase == MachinePhase.Stopped ? PowerState.Stopped : null }, Status = machine.Status! with { Phase = phase } });
        await DisksAsync(world, "x", "a");
        await world.UntilAsync("begun", () => Status(world, "x").Phase == MigrationPhase.Preparing);
        Assert.Equal(("host1", "host1", "PoolsChosen", "volume `a-root` to pool `fast` on node `host1`, where the machine stays"), (Status(world, "x").SourceNode, Status(world, "x").TargetNode, Status(world, "x").Reason, Status(world, "x").Message));
        Say(world, "x", status => status with { Source = new() { State = MigrationState.Transferring } });
        await world.UntilAsync("sending", () => Status(world, "x").Phase == MigrationPhase.Transferring);
        // Nobody else has its machine: it is waited for.
        NotReady(world, "host1");
        await world.UntilAsync("seen", () => world.Api.Find<Node>(null, "host1")?.Status?.Conditions?.Any(condition => condition is { Type: "Ready", Status: not "True" }) == true);
        Say(world, "x", status => status with { Source = new() { State = MigrationState.Sent } });
        await world.UntilAsync("switching", () => Status(world, "x") is { Phase: MigrationPhase.Switching, Reason: "DisksWhole" });
        Say(world, "x", status => status with { Conditions = [new Condition { Type = MigrationMarks.Committed, Status = "True" }] });
        await world.UntilAsync("committed", () => Status(world, "x") is { Phase: MigrationPhase.Switching, Reason: MigrationMarks.Committed });
        Say(world, "x", status => status with { Source = new() { State = MigrationState.Released } });
        await world.UntilAsync("completed", () => Status(world, "x") is { Phase: MigrationPhase.Completed, Message: "done: volume `a-root` to pool `fast`" });
    }

    [Fact]
    public async Task Disks_of_a_machine_that_is_to_be_stopped_while_they_move_are_left_where_they_are()
    {
        await using var world = World("512Mi");
        await DisksAsync(world, "x", "a");
        await world.UntilAsync("begun", () => Status(world, "x").Phase == MigrationPhase.Preparing);
        var machine = world.Api.Find<VirtualMachine>("p", "a")!;
        world.Api.Seed(machine with { Spec = machine.Spec with { PowerState = PowerState.Stopped } });
        await world.UntilAsync("given up", () => Status(world, "x") is { Phase: MigrationPhase.Canceled, Reason: "MachineStopped" });
    }

    [Fact]
    public async Task A_target_that_is_lost_ends_the_move_and_a_source_that_is_lost_does_not()
    {
        await using var world = World("512Mi");
        await MoveAsync(world, "x", "a");
        await world.UntilAsync("begun", () => Status(world, "x").Phase == MigrationPhase.Preparing);
        NotReady(world, "host1");
        await world.SettleAsync();
        Assert.Equal(MigrationPhase.Preparing, Status(world, "x").Phase);
        NotReady(world, "host2");
        await world.UntilAsync("failed", () => Status(world, "x").Phase == MigrationPhase.Failed);
        Assert.Equal("TargetLost", Status(world, "x").Reason);
    }

    [Fact]
    public async Task Between_sent_and_committed_nobody_changes_the_move_unless_the_commit_is_overdue()
    {
        await using var world = World("512Mi");
        await MoveAsync(world, "x", "a");
        await world.UntilAsync("begun", () => Status(world, "x").Phase == MigrationPhase.Preparing);
        Say(world, "x", status => status with { Target = new() { State = MigrationState.Listening }, Source = new() { State = MigrationState.Transferring } });
        await world.UntilAsync("on its way", () => Status(world, "x").Phase == MigrationPhase.Transferring);
        Say(world, "x", status => status with { Source = new() { State = MigrationState.Sent } });
        // On a clock that stands still.
        var asked = world.Api.Requests.Count;
        await Task.Delay(TimeSpan.FromMilliseconds(300), TestContext.Current.CancellationToken);
        Assert.DoesNotContain(world.Api.Requests.Skip(asked), request => request.Contains("/machinemigrations/x", StringComparison.Ordinal));
        await world.UntilAsync("overdue", () => Status(world, "x") is { Phase: MigrationPhase.Switching, Reason: "GuestStands" });
    }

    [Fact]
    public async Task A_move_that_takes_too_long_is_given_up()
    {
        await using var world = World("512Mi");
        await MoveAsync(world, "x", "a");
        await world.UntilAsync("begun", () => Status(world, "x").Phase == MigrationPhase.Preparing);
        await world.UntilAsync("failed", () => Status(world, "x").Phase == MigrationPhase.Failed);
        Assert.Equal("Timeout", Status(world, "x").Reason);
    }

    [Fact]
    public async Task A_move_that_is_deleted_is_given_up_and_goes_when_both_hosts_have_tidied_up()
    {
        await using var world = World("512Mi");
        await MoveAsync(world, "x", "a");
        await world.UntilAsync("begun", () => Status(world, "x").Phase == MigrationPhase.Preparing && Finalizer(world, "x"));
        Say(world, "x", status => status with { Target = new() { State = MigrationState.Listening }, Source = new() { State = MigrationState.Transferring } });
        using var client = world.Api.Client();
        await client.DeleteAsync<MachineMigration>("p", "x", null, CancellationToken.None);
        await world.UntilAsync("given up", () => Status(world, "x").Phase == MigrationPhase.Canceled);
        await world.SettleAsync();
        Assert.NotNull(world.Api.Find<MachineMigration>("p", "x"));
        Say(world, "x", status => status with { Target = new() { State = MigrationState.Released } });
        await world.SettleAsync();
        Assert.NotNull(world.Api.Find<MachineMigration>("p", "x"));
        Say(world, "x", status => status with { Source = new() { State = MigrationState.Resumed } });
        await world.UntilAsync("gone", () => world.Api.Find<MachineMigration>("p", "x") is null);
    }

    [Fact]
    public async Task Ten_moves_of_a_machine_are_remembered_for_a_week()
    {
        await using var world = World("512Mi");
        void Over(int i) => world.Api.Seed(New($"old{i:00}", "a", null) with { Status = new() { Phase = MigrationPhase.Completed, MachineUid = Uid(world, "a"), CompletedAt = world.Time.GetUtcNow().AddMinutes(i) } });
        for (var i = 0; i < 10; i++) Over(i);
        await world.SettleAsync();
        Assert.Equal(10, world.Api.All<MachineMigration>().Count);
        Over(10);
        Over(11);
        // On a clock that stands still: those that end have the older ones looked at anew.
        await Eventually.HoldsAsync("ten are left", () => world.Api.All<MachineMigration>().Count == 10, TestContext.Current.CancellationToken);
        Assert.DoesNotContain(world.Api.All<MachineMigration>(), move => move.Metadata.Name is "old00" or "old01");
        world.Time.Advance(TimeSpan.FromDays(8));
        await world.UntilAsync("none is left", () => world.Api.All<MachineMigration>().Count == 0);
    }

    [Fact]
    public async Task A_machine_that_the_cache_has_not_seen_is_not_gone()
    {
        await using var world = World("512Mi");
        await world.SettleAsync();
        world.Api.Fault = request => request.RequestUri!.AbsolutePath.EndsWith("/virtualmachines", StringComparison.Ordinal) ? new() { Status = "Failure", Code = 503, Reason = "ServiceUnavailable", Message = "away" } : null;
        world.Api.Disconnect();
        world.Api.Seed(Machine("late", "512Mi"));
        world.Api.Seed(New("x", "late", null) with { Status = new() { Phase = MigrationPhase.Pending, MachineUid = Uid(world, "late") } });
        await world.UntilAsync("begun", () => Status(world, "x").Phase is not MigrationPhase.Pending);
        Assert.Equal((MigrationPhase.Preparing, "host2"), (Status(world, "x").Phase, Status(world, "x").TargetNode));
    }

    [Fact]
    public async Task A_source_that_never_says_that_it_is_done_holds_a_move_until_its_time_is_over()
    {
        await using var world = World("512Mi");
        await MoveAsync(world, "x", "a");
        await world.UntilAsync("begun", () => Status(world, "x").Phase == MigrationPhase.Preparing);
        world.Api.Seed(Bound(world, "a", "host2", 2));
        Say(world, "x", status => status with { Conditions = [new Condition { Type = MigrationMarks.Committed, Status = "True" }], Target = new() { State = MigrationState.Running }, Source = new() { State = MigrationState.Sent } });
        await world.UntilAsync("committed", () => Status(world, "x").Reason == MigrationMarks.Committed);
        world.Time.Advance(TimeSpan.FromMinutes(5));
        await world.SettleAsync();
        Assert.Equal(MigrationPhase.Switching, Status(world, "x").Phase);
        await world.UntilAsync("over", () => Status(world, "x").Phase == MigrationPhase.Completed);
        Assert.Equal("SourceSilent", Status(world, "x").Reason);
    }

    [Fact]
    public async Task A_machine_that_is_deleted_waits_until_its_move_is_over()
    {
        await using var world = World("512Mi", MachineController.Registration);
        var machine = world.Api.Find<VirtualMachine>("p", "a")!;
        var move = New("x", "a", null);
        // As the server makes it: its end wakes the machine. Every controller has seen it before the machine is deleted.
        var owner = new OwnerReference { ApiVersion = KindInfo.Of<VirtualMachine>().ApiVersion, Kind = nameof(VirtualMachine), Name = "a", Uid = machine.Metadata.Uid!, Controller = true };
        world.Api.Seed(move with
        {
            Metadata = move.Metadata with { OwnerReferences = [owner] },
            Status = new() { Phase = MigrationPhase.Preparing, MachineUid = machine.Metadata.Uid, SourceNode = "host1", TargetNode = "host2", RunGeneration = 1, Target = new() { State = MigrationState.Preparing } },
        });
        await world.SettleAsync();
        world.Api.Seed(machine with
        {
            Metadata = machine.Metadata with { Finalizers = [MachineMarks.Finalizer], DeletionTimestamp = world.Time.GetUtcNow() },
            Status = machine.Status! with { Migration = "x", Conditions = [new Condition { Type = "Running", Status = "False", Reason = MachineMarks.Removed }] },
        });
        // The controller gives the move up, and only then the machine goes.
        await world.UntilAsync("gone", () => world.Api.Find<VirtualMachine>("p", "a") is null);
        Assert.Equal("MachineDeleted", Status(world, "x").Reason);
    }
}
