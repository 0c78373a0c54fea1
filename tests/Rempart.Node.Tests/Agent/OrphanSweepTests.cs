using Microsoft.Extensions.Logging.Abstractions;
using Rempart.Node.Agent;
using Rempart.Node.Migration;
using Rempart.Node.Tests.Migration;
using Rempart.Node.Workloads;

namespace Rempart.Node.Tests.Agent;

public sealed class OrphanSweepTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_machine_between_two_hosts_is_the_moves_alone_until_nobody_notes_one(bool source)
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var world = new LoneAgent();
        world.Seed("h2", 1, "h2");
        await world.HaveAsync(source ? MoveRole.Source : MoveRole.Target);
        var cluster = new ClusterMarkFile(world.Settings.ClusterFile);
        cluster.Write(ClusterMark.Next(null, world.Api.Seed(new Rempart.Api.Core.Node { Metadata = new() { Name = "h1", Uid = "n" } }).Metadata.Uid!, null));
        var moves = new MoveNotesFolder(world.Settings.MovesFolder, NullLogger.Instance);
        using var client = world.Api.Client();
        var trust = new ClusterTrust(client, cluster, "h1", world.Time, NullLogger.Instance);
        var sweep = new OrphanSweep(trust, world.Host.Drivers(world.Machines), new MachineNotesFolder(world.Settings.NotesFolder), moves, "h1", world.Time, NullLogger.Instance);
        for (var look = 0; look < 3; look++)
        {
            await sweep.SweepAsync(cancellation);
            world.Time.Advance(TimeSpan.FromMinutes(1));
        }
        Assert.Equal(WorkloadPhase.Running, world.Machines[world.Uid].Phase);

        moves.Delete(moves.All.Single());
        await sweep.SweepAsync(cancellation);
        Assert.Equal(WorkloadPhase.Running, world.Machines[world.Uid].Phase);
        world.Time.Advance(TimeSpan.FromMinutes(1));
        await sweep.SweepAsync(cancellation);
        Assert.Equal(WorkloadPhase.Absent, world.Machines[world.Uid].Phase);
    }

    [Fact]
    public async Task Of_two_questions_at_once_the_one_that_is_answered_late_is_no_older_cluster()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var world = new LoneAgent();
        var cluster = new ClusterMarkFile(world.Settings.ClusterFile);
        Directory.CreateDirectory(Path.GetDirectoryName(world.Settings.ClusterFile)!);
        cluster.Write(ClusterMark.Next(null, world.Api.Seed(new Rempart.Api.Core.Node { Metadata = new() { Name = "h1", Uid = "n" } }).Metadata.Uid!, null));
        using var client = world.Api.Client();
        var trust = new ClusterTrust(client, cluster, "h1", world.Time, NullLogger.Instance);
        var again = true;
        world.Api.Fault = request =>
        {
            // Between the late one's list and its end another one asks, of a newer store, and is done.
            if (!again || !request.RequestUri!.AbsolutePath.EndsWith("/nodes/h1", StringComparison.Ordinal)) return null;
            again = false;
            world.Seed("h2", 1, "h2");
            cluster.Write(cluster.Read()! with { Revision = 1000 });
            return null;
        };
        Assert.True((await trust.AskAsync<Rempart.Api.Compute.VirtualMachine>(new(), cancellation)).IsBelieved);
        Assert.Equal(1000, cluster.Read()!.Revision);
        Assert.False((await trust.AskAsync<Rempart.Api.Compute.VirtualMachine>(new(), cancellation)).IsBelieved);
    }
}
