using Rempart.Api.Compute;
using Rempart.Api.Core;
using Rempart.Api.Infra;
using Rempart.Api.Meta;
using Rempart.Api.Networking;
using Rempart.Api.Storage;
using Rempart.Controllers.Compute;
using Rempart.Controllers.Migration;
using Rempart.Controllers.Tests.Compute;
using Rempart.Testing.Api;
using Rempart.Testing.Time;

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
    public async Task What_can_not_work_is_refused_before_it_begins()
    {
        await using var world = World("512Mi");
        world.Api.Seed(Machine("a", "512Mi") with { Status = Machine("a", "512Mi").Status! with { Accelerator = "kvm" } });
        world.Api.Seed(Host("host1", ["fpu", "avx2", "avx512f"]));
        world.Api.Seed(Host("host2", ["fpu", "avx2"]));
        await MoveAsync(world, "x", "a", "host2");
        await world.UntilAsync("refused", () => Status(world, "x").Phase == MigrationPhase.Failed);
        Assert.Equal(("TargetRefused", "node `host2` lacks the processor's flag `avx512f`, which the guest may use"), (Status(world, "x").Reason, Status(world, "x").Message));

        await MoveAsync(world, "y", "a");
        await world.UntilAsync("refused", () => Status(world, "y").Phase == MigrationPhase.Failed);
        Assert.Equal("NoTarget", Status(world, "y").Reason);
        Assert.Contains("no other node can take the machine: `host2` lacks the processor's flag `avx512f`", Status(world, "y").Message, StringComparison.Ordinal);
        Assert.Null(Status(world, "y").TargetNode);
    }

    [Fact]
    public async Task A_host_that_is_not_at_a_network_of_the_machine_is_no_target()
    {
        await using var world = World("512Mi");
        var machine = Machine("a", "512Mi");
        world.Api.Seed(machine with { Spec = machine.Spec with { NetworkInterfaces = [new() { Name = "eth0", Network = "machines" }] } });
        world.Api.Seed(new Network { Metadata = new() { Namespace = "p", Name = "machines" }, Spec = new() { Type = "Internal", Provider = new() { Network = "floor" } } });
        await MoveAsync(world, "x", "a", "host2");
        await world.UntilAsync("refused", () => Status(world, "x").Phase == MigrationPhase.Failed);
        Assert.Equal(("TargetRefused", "node `host2` lacks the provider network `floor`"), (Status(world, "x").Reason, Status(world, "x").Message));
        world.Api.Seed(new Host { Metadata = new() { Name = "host2" }, Spec = new() { Profile = "p", ProviderNetworks = [new() { Name = "floor", Device = "eth1" }] }, Status = new() { ProviderNetworks = [new() { Name = "floor", Ready = true }] } });
        await MoveAsync(world, "y", "a");
        await world.UntilAsync("begun", () => Status(world, "y") is { Phase: MigrationPhase.Preparing, TargetNode: "host2" });
    }

    [Theory]
    [InlineData(8, "")]
    [InlineData(10, "; and 2 more")]
    public async Task Eight_hosts_that_can_not_take_a_machine_are_named(int hosts, string rest)
    {
        await using var world = World("512Mi");
        for (var i = 0; i < hosts; i++) world.Api.Seed(MachineWorld.Node($"host{i + 2}", world.Time.GetUtcNow().AddYears(1)) with { Spec = new() { Unschedulable = true } });
        await MoveAsync(world, "x", "a");
        await world.UntilAsync("refused", () => Status(world, "x").Phase == MigrationPhase.Failed);
        var named = Enumerable.Range(2, hosts).Select(i => $"host{i}").Order(StringComparer.Ordinal).Take(8).Select(name => $"`{name}` is cordoned");
        Assert.Equal($"no other node can take the machine: {string.Join("; ", named)}{rest}", Status(world, "x").Message);
    }

    [Fact]
    public async Task A_host_that_takes_nothing_new_is_no_target()
    {
        await using var world = World("512Mi");
        world.Api.Seed(MachineWorld.Node("host2", world.Time.GetUtcNow()) with { Spec = new() { Unschedulable = true } });
        await MoveAsync(world, "x", "a", "host2");
        await world.UntilAsync("refused", () => Status(world, "x").Phase == MigrationPhase.Failed);
        Assert.Equal("node `host2` is cordoned", Status(world, "x").Message);
    }

    [Fact]
    public async Task Two_moves_do_not_count_on_the_same_room()
    {
        await using var world = World("2500Mi");
        world.Api.Seed(Machine("b", "2500Mi"));
        await MoveAsync(world, "x", "a");
        await MoveAsync(world, "y", "b");
        await world.UntilAsync("one begun, one refused", () => Status(world, "x").Phase is MigrationPhase.Preparing or MigrationPhase.Failed && Status(world, "y").Phase is MigrationPhase.Preparing or MigrationPhase.Failed);
        Assert.Equal([MigrationPhase.Failed, MigrationPhase.Preparing], new[] { Status(world, "x").Phase, Status(world, "y").Phase }.Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Two_moves_do_not_count_on_the_same_room_in_a_pool(bool onHost)
    {
        await using var world = World("512Mi");
        world.Api.Seed(Machine("b", "512Mi"));
        foreach (var machine in (string[])["a", "b"]) HasVolume(world, machine, "2Gi");
        world.Api.Seed(Pools("host1", "3Gi"));
        world.Api.Seed(Pools("host2", "3Gi"));
        async Task BeginAsync(string move, string machine)
        {
            if (onHost) await DisksAsync(world, move, machine);
            else await MoveAsync(world, move, machine);
            await world.UntilAsync("a word", () => Status(world, move).Phase is MigrationPhase.Preparing or MigrationPhase.Failed);
        }

        await BeginAsync("x", "a");
        Assert.Equal(MigrationPhase.Preparing, Status(world, "x").Phase);
        await BeginAsync("y", "b");
        var (node, pool) = onHost ? ("host1", "fast") : ("host2", "local");
        var why = $"has 3Gi free in pool `{pool}`, 2Gi of it for other moves under way, and volume `b-root` needs 2Gi: delete volumes there, or make its file system larger";
        Assert.Equal((MigrationPhase.Failed, onHost ? ("NoRoom", $"node `{node}` {why}") : ("NoTarget", $"no other node can take the machine: `{node}` {why}")), (Status(world, "y").Phase, (Status(world, "y").Reason, Status(world, "y").Message)));
        Assert.Null(Status(world, "y").TargetNode);

        // What has arrived is seen in what is free.
        Say(world, "x", status => status with { Source = new() { State = MigrationState.Transferring, Progress = new() { Disks = new() { TransferredBytes = 3L << 29 } } } });
        world.Api.Seed(Pools(node, "2560Mi"));
        await BeginAsync("z", "b");
        Assert.Equal(MigrationPhase.Preparing, Status(world, "z").Phase);
    }

    [Fact]
    public async Task Both_moves_asked_for_at_once_do_not_count_on_the_same_room_in_a_pool()
    {
        await using var world = World("512Mi");
        world.Api.Seed(Machine("b", "512Mi"));
        foreach (var machine in (string[])["a", "b"]) HasVolume(world, machine, "2Gi");
        world.Api.Seed(Pools("host1", "3Gi"));
        await world.SettleAsync();
        world.Api.Together(() =>
        {
            world.Api.Seed(Disks(world, "x", "a"));
            return world.Api.Seed(Disks(world, "y", "b"));
        });
        await world.UntilAsync("one begun, one refused", () => Status(world, "x").Phase is MigrationPhase.Preparing or MigrationPhase.Failed && Status(world, "y").Phase is MigrationPhase.Preparing or MigrationPhase.Failed);
        Assert.Equal([MigrationPhase.Failed, MigrationPhase.Preparing], new[] { Status(world, "x").Phase, Status(world, "y").Phase }.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_host_whose_pool_has_room_is_chosen_before_one_that_is_better_otherwise()
    {
        await using var world = World("512Mi");
        world.Api.Seed(MachineWorld.Node("host3", world.Time.GetUtcNow().AddYears(1), memory: "1Gi"));
        world.Api.Seed(MachineWorld.Image("host1", "host2", "host3"));
        HasVolume(world, "a", "2Gi");
        world.Api.Seed(Pools("host2", "1Gi"));
        world.Api.Seed(Pools("host3", "8Gi"));
        await MoveAsync(world, "x", "a", "host2");
        await world.UntilAsync("refused", () => Status(world, "x").Phase == MigrationPhase.Failed);
        Assert.Equal("node `host2` has 1Gi free in pool `local`, and volume `a-root` needs 2Gi: delete volumes there, or make its file system larger", Status(world, "x").Message);
        await MoveAsync(world, "y", "a");
        await world.UntilAsync("begun", () => Status(world, "y") is { Phase: MigrationPhase.Preparing, TargetNode: "host3" });
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

    private static ControllerWorld World(string memory, params Rempart.Runtime.Controllers.ControllerRegistration[] others)
    {
        var world = new ControllerWorld(TestContext.Current.CancellationToken, [MigrationController.Registration, .. others]);
        foreach (var node in (string[])["host1", "host2"]) world.Api.Seed(MachineWorld.Node(node, world.Time.GetUtcNow().AddYears(1)));
        world.Api.Seed(MachineWorld.Image("host1", "host2"));
        world.Api.Seed(Machine("a", memory));
        return world;
    }

    private static VirtualMachine Machine(string name, string memory)
    {
        var machine = MachineWorld.Machine(name, memory: memory);
        return machine with { Status = machine.Status! with { NodeName = "host1", RunGeneration = 1, Phase = MachinePhase.Running } };
    }

    private static VirtualMachine Bound(ControllerWorld world, string name, string node, long run)
    {
        var machine = world.Api.Find<VirtualMachine>("p", name)!;
        return machine with { Status = machine.Status! with { NodeName = node, RunGeneration = run } };
    }

    private static Host Host(string name, string[] flags) => new() { Metadata = new ObjectMeta { Name = name }, Status = new() { Cpu = new() { Vendor = "GenuineIntel", Flags = flags } } };

    private static MachineMigration New(string name, string machine, string? target) => new()
    {
        Metadata = new ObjectMeta { Namespace = "p", Name = name, Finalizers = [MigrationMarks.Finalizer] },
        Spec = new MachineMigrationSpec { Machine = machine, TargetNode = target, TimeoutSeconds = 600 },
    };

    // When the controller has seen what there is: its caches are not one.
    private static async Task MoveAsync(ControllerWorld world, string name, string machine, string? target = null)
    {
        await world.SettleAsync();
        world.Api.Seed(New(name, machine, target) with { Status = new() { Phase = MigrationPhase.Pending, MachineUid = Uid(world, machine) } });
    }

    private static async Task DisksAsync(ControllerWorld world, string name, string machine)
    {
        await world.SettleAsync();
        world.Api.Seed(Disks(world, name, machine));
    }

    private static MachineMigration Disks(ControllerWorld world, string name, string machine)
    {
        var move = New(name, machine, null);
        return move with { Spec = move.Spec with { Volumes = [new() { Name = $"{machine}-root", Pool = "fast" }] }, Status = new() { Phase = MigrationPhase.Pending, MachineUid = Uid(world, machine) } };
    }

    private static void HasVolume(ControllerWorld world, string machine, string used)
    {
        world.Api.Seed(new Volume { Metadata = new() { Namespace = "p", Name = $"{machine}-root" }, Spec = new(), Status = new() { Phase = "Ready", NodeName = "host1", Pool = StoragePool.Home, Used = Quantity.Parse(used) } });
        var found = world.Api.Find<VirtualMachine>("p", machine)!;
        world.Api.Seed(found with { Status = found.Status! with { Volumes = [new() { Name = "root", ObjectName = $"{machine}-root" }] } });
    }

    private static Host Pools(string node, string available) => new()
    {
        Metadata = new() { Name = node }, Spec = new() { Profile = "p", Pools = [new() { Name = "fast", Path = "/mnt/fast" }] },
        Status = new() { Pools = [new() { Name = "fast", Path = "/mnt/fast", Ready = true, Available = Quantity.Parse(available) }, new() { Name = StoragePool.Home, Ready = true, Available = Quantity.Parse(available) }] },
    };

    private static void Say(ControllerWorld world, string name, Func<MachineMigrationStatus, MachineMigrationStatus> change)
    {
        var move = world.Api.Find<MachineMigration>("p", name)!;
        world.Api.Seed(move with { Status = change(move.Status!) });
    }

    private static void NotReady(ControllerWorld world, string node)
    {
        var found = world.Api.Find<Node>(null, node)!;
        world.Api.Seed(found with { Status = found.Status! with { Conditions = [new() { Type = "Ready", Status = "Unknown" }] } });
    }

    private static string Uid(ControllerWorld world, string machine) => world.Api.Find<VirtualMachine>("p", machine)!.Metadata.Uid!;

    private static bool Finalizer(ControllerWorld world, string name) => world.Api.Find<MachineMigration>("p", name)!.Metadata.Finalizers?.Contains(MigrationMarks.Finalizer) == true;

    private static MachineMigrationStatus Status(ControllerWorld world, string name) => world.Api.Find<MachineMigration>("p", name)!.Status!;
}
