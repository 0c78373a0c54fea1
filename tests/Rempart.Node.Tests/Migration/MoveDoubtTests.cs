using Rempart.Api.Compute;
using Rempart.Api.Meta;
using Rempart.Api.Storage;
using Rempart.Node.Migration;
using Rempart.Node.Volumes;
using Rempart.Node.Workloads;
using Rempart.Protocols.Qmp;

namespace Rempart.Node.Tests.Migration;

/// <summary>What an agent makes of answers that don't come, are refusals, or are of another cluster, with notes of a move in hand.</summary>
public sealed class MoveDoubtTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_move_that_is_gone_is_let_go_though_its_name_is_refused(bool source)
    {
        await using var world = new LoneAgent();
        world.Seed(source ? "h1" : "h2", 1, source ? "h1" : "h2");
        await world.HaveAsync(source ? MoveRole.Source : MoveRole.Target);
        if (source) world.Machines.Refusal = new WorkloadException("the machine does not run here");
        // As the node graph does, which knows no move of this name that this node has to do with.
        world.Api.Fault = request => request.RequestUri!.AbsolutePath.EndsWith("/machinemigrations/x", StringComparison.Ordinal) ? Status(403) : null;
        world.Start();
        await world.UntilAsync("no notes", () => world.Notes.Count == 0);
        Assert.Equal(source ? WorkloadPhase.Running : WorkloadPhase.Absent, world.Machines[world.Uid].Phase);
        Assert.Equal(source, world.Host.Left.Contains($"volume {world.VolumeUid}"));
    }

    [Theory]
    [InlineData(false, PoolFolders.HomeName)]
    [InlineData(true, "fast")]
    public async Task A_volume_whose_machine_is_taken_away_amid_a_move_between_pools_keeps_the_file_that_has_its_data(bool switched, string pool)
    {
        var pools = new TwoPools();
        await using var world = new LoneAgent { Pools = pools };
        // Committed, so that its status names the new pool already; and its machine is gone.
        world.Seed(null, 0, null);
        world.Api.Seed(new Volume { Metadata = new() { Namespace = "p", Name = "web-root", Uid = world.VolumeUid }, Spec = new(), Status = new() { NodeName = "h1", Pool = "fast" } });
        await world.HaveAsync(MoveRole.Source, notes => notes with { Stage = switched ? MoveStage.Switched : MoveStage.Ready, Disks = [new(world.VolumeUid, "web-root", "disk0", PoolFolders.HomeName, "fast")] });
        foreach (var each in new[] { PoolFolders.HomeName, "fast" }) await pools.Of(each).EnsureAsync(new(world.VolumeUid, 1 << 20, null), TestContext.Current.CancellationToken);
        world.Start();
        await world.UntilAsync("no notes", () => world.Notes.Count == 0);
        Assert.Equal(WorkloadPhase.Absent, world.Machines[world.Uid].Phase);
        Assert.Equal([pool], await pools.HoldersAsync(world.VolumeUid, TestContext.Current.CancellationToken));
    }

    [Theory]
    [InlineData(403)]
    [InlineData(503)]
    public async Task An_answer_that_does_not_come_removes_nothing(int code)
    {
        await using var world = new LoneAgent();
        world.Seed("h2", 1, "h2");
        world.SeedMove("h2", "h1", status => status with { Phase = MigrationPhase.Failed });
        await world.HaveAsync(MoveRole.Target);
        world.Api.Fault = request => request.RequestUri!.AbsolutePath.Contains("/virtualmachines", StringComparison.Ordinal) ? Status(code) : null;
        world.Start();
        await world.WaitAsync(TimeSpan.FromMinutes(1));
        Assert.Equal(WorkloadPhase.Running, world.Machines[world.Uid].Phase);
        Assert.Single(world.Notes);
        world.Api.Fault = null;
        await world.UntilAsync("released", () => world.Move!.Status!.Target?.State == MigrationState.Released && world.Notes.Count == 0);
        Assert.Equal((WorkloadPhase.Absent, 0), (world.Machines[world.Uid].Phase, world.Host.Left.Count));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_cluster_that_this_node_did_not_join_removes_nothing_and_lets_nothing_go_on(bool source)
    {
        await using var world = new LoneAgent();
        world.Seed(source ? "h1" : "h2", 1, source ? "h1" : "h2");
        world.SeedMove(source ? "h1" : "h2", source ? "h2" : "h1", status => status with { Phase = MigrationPhase.Failed });
        await world.HaveAsync(source ? MoveRole.Source : MoveRole.Target);
        new Rempart.Node.Agent.ClusterMarkFile(world.Settings.ClusterFile).Write(new("another uid", 0, null));
        world.Start();
        await world.WaitAsync(TimeSpan.FromMinutes(1));
        Assert.Equal(WorkloadPhase.Running, world.Machines[world.Uid].Phase);
        Assert.Single(world.Notes);
        Assert.Equal(0, world.Machines.Uses);
        Assert.Contains(world.Api.Find<Rempart.Api.Core.Node>(null, "h1")!.Status!.Conditions!, condition => condition.Type == "MachinesKept");
    }

    [Fact]
    public async Task A_machine_that_is_bound_elsewhere_leaves_the_volumes_that_are_not()
    {
        await using var world = new LoneAgent();
        world.Seed("h2", 2, "h1");
        await world.HaveAsync(MoveRole.Source);
        world.Start();
        await world.UntilAsync("no notes", () => world.Notes.Count == 0);
        Assert.Equal(WorkloadPhase.Absent, world.Machines[world.Uid].Phase);
        Assert.Equal([$"volume {world.VolumeUid}"], world.Host.Left);
    }

    [Fact]
    public async Task A_guest_that_QEMU_does_not_let_go_on_behind_the_commit_is_started_from_its_disks()
    {
        await using var world = new LoneAgent();
        world.Seed("h1", 2, "h1");
        world.SeedMove("h2", "h1", status => status with { Conditions = [new Condition { Type = MigrationMarks.Committed, Status = "True" }] });
        await world.HaveAsync(MoveRole.Target);
        world.Machines.Refusal = new QmpException("cont", "GenericError", "no");
        world.Start();
        await world.WaitAsync(TimeSpan.FromSeconds(30));
        Assert.Equal(WorkloadPhase.Running, world.Machines[world.Uid].Phase);
        Assert.Null(world.Move!.Status!.Target);
        await world.UntilAsync("given up", () => world.Notes.Count == 0);
        Assert.Equal(ExitReason.Killed, world.Machines[world.Uid].Exit!.Reason);
        Assert.Equal(MigrationState.Running, world.Move!.Status!.Target!.State);
        Assert.Contains("started from its disks", world.Move.Status.Target.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_target_waits_by_its_own_clock_and_says_once_that_it_failed()
    {
        await using var world = new LoneAgent();
        world.Seed("h2", 1, null);
        world.SeedMove("h2", "h1", status => status with
        {
            // The leader's clock is behind this host's.
            StartedAt = world.Time.GetUtcNow() - TimeSpan.FromHours(1),
            Source = new() { State = MigrationState.Preparing, Authority = "a", Address = "127.0.0.1", Machine = new() { Board = "q35", Accelerator = "tcg", MemoryKibibytes = 1, Cpus = 1, Devices = [] } },
        });
        world.Start();
        await world.UntilAsync("preparing", () => world.Move!.Status!.Target?.State == MigrationState.Preparing);
        await world.WaitAsync(TimeSpan.FromSeconds(30));
        Assert.Equal(MigrationState.Preparing, world.Move!.Status!.Target!.State);
        await world.UntilAsync("failed", () => world.Move!.Status!.Target!.State == MigrationState.Failed);
        var writes = Writes();
        await world.WaitAsync(TimeSpan.FromSeconds(20));
        Assert.Equal((MigrationState.Failed, writes), (world.Move!.Status!.Target!.State, Writes()));

        int Writes()
        {
            lock (world.Api.Requests) return world.Api.Requests.ToArray().Count(request => request.StartsWith("PATCH", StringComparison.Ordinal) && request.Contains("machinemigrations", StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task A_source_whose_disk_takes_no_notes_says_so()
    {
        await using var world = new LoneAgent();
        world.Seed("h1", 1, "h1");
        world.Machines.Record = new() { Uid = world.Uid, Name = "p/web", HostUid = 1, Step = Rempart.Node.Machines.MachineStep.Running, BootId = "b", JailDigest = "d", Shape = new() { MachineType = "q35", Accelerator = Rempart.Node.Machines.Accelerator.Tcg, MemoryKiB = 1, Vcpus = 1, Devices = [] } };
        world.SeedMove("h1", "h2");
        // A folder in the file's place: no file can be put over it.
        Directory.CreateDirectory(Path.Combine(world.Settings.MovesFolder, $"{world.Uid}.json"));
        world.Start();
        await world.UntilAsync("failed", () => world.Move!.Status!.Source?.State == MigrationState.Failed);
        Assert.Contains("rename", world.Move!.Status!.Source!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Notes_that_can_not_be_read_hold_their_machine_and_stop_nobody()
    {
        await using var world = new LoneAgent();
        await world.HaveAsync(MoveRole.Target);
        await File.WriteAllTextAsync(Path.Combine(world.Settings.MovesFolder, $"{world.Uid}.json"), "{", TestContext.Current.CancellationToken);
        world.Start();
        await world.UntilAsync("an agent that works", () => world.Api.Find<Rempart.Api.Core.Node>(null, "h1")?.Status?.Conditions?.Any(condition => condition is { Type: "Ready", Status: "True" }) == true);
        await world.WaitAsync(TimeSpan.FromMinutes(4));
        Assert.Equal(WorkloadPhase.Running, world.Machines[world.Uid].Phase);
        Assert.Single(world.Notes);
    }

    private static ApiStatus Status(int code) => new() { Status = "Failure", Code = code, Reason = code == 403 ? StatusReason.Forbidden : StatusReason.ServiceUnavailable, Message = "not now" };
}
