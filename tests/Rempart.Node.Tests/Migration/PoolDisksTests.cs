using Microsoft.Extensions.Logging.Abstractions;
using Rempart.Linux;
using Rempart.Node.Agent;
using Rempart.Node.Migration;
using Rempart.Node.Tests.Agent;
using Rempart.Testing.Api;
using Rempart.Testing.Time;

namespace Rempart.Node.Tests.Migration;

/// <summary>Whether what a move copies fits, beside what other moves on the host copy.</summary>
public sealed class PoolDisksTests : IDisposable
{
    private const long Mebi = 1L << 20;
    private readonly string _folder = Directory.CreateTempSubdirectory("pool-disks-").FullName;
    private readonly TwoPools _pools = new();
    private readonly MoveNotesFolder _notes;
    private readonly FakeApi _api;
    private readonly PoolDisks _disks;

    public PoolDisksTests()
    {
        var time = new ManualTime();
        _api = new FakeApi(time);
        _notes = new MoveNotesFolder(Path.Combine(_folder, "moves"), NullLogger.Instance);
        var machines = new FakeMachines(time);
        var client = _api.Client();
        var trust = new ClusterTrust(client, new ClusterMarkFile(Path.Combine(_folder, "cluster")), "h1", time, NullLogger<ClusterTrust>.Instance);
        _disks = new PoolDisks(new MoveHost(client, trust, new FakeHost().Drivers(machines) with { Volumes = _pools }, machines, new MachineNotesFolder(Path.Combine(_folder, "machines")), _notes, "h1", time));
        // A twentieth of it is kept for guests that run.
        _pools["fast"].Space = new FileSystemSpace(1000 * Mebi, 350 * Mebi);
    }

    [Fact]
    public async Task Disks_of_one_move_are_added_up()
    {
        await DoesNotFitAsync(await MoveAsync("web", 200, 100), null);
        await DoesNotFitAsync(await MoveAsync("db", 200, 101), "pool `fast` has room for 300Mi, and volumes `db-0`, `db-1` need 301Mi: delete volumes there, or make its file system larger");
    }

    [Fact]
    public async Task What_another_move_has_not_copied_yet_is_its_own()
    {
        var first = await MoveAsync("web", 200);
        _notes.Write(first);
        var second = await MoveAsync("db", 150);
        await DoesNotFitAsync(second, "pool `fast` has room for 300Mi, 200Mi of it for other moves under way, and volume `db-0` needs 150Mi: delete volumes there, or make its file system larger");
        // A half of it is there.
        await _pools.Of("fast").EnsureAsync(new(first.Disks![0].Uid, 1 << 30, null), CancellationToken.None);
        _pools["fast"].UsedOf(first.Disks[0].Uid, 100 * Mebi);
        await DoesNotFitAsync(second, null);
        // All of it is, and it has taken what there was.
        _pools["fast"].Space = new FileSystemSpace(1000 * Mebi, 150 * Mebi);
        _notes.Write(first with { Stage = MoveStage.Switched });
        await DoesNotFitAsync(second, "pool `fast` has room for 100Mi, and volume `db-0` needs 150Mi: delete volumes there, or make its file system larger");
        // What it has itself noted does not count against it.
        _pools["fast"].Space = new FileSystemSpace(1000 * Mebi, 350 * Mebi);
        _notes.Delete(first);
        _notes.Write(second);
        await DoesNotFitAsync(second, null);
    }

    public void Dispose()
    {
        _api.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private async Task<MoveNotes> MoveAsync(string machine, params long[] mebibytes)
    {
        var disks = new List<PoolDisk>();
        foreach (var (i, size) in mebibytes.Index())
        {
            var uid = Guid.NewGuid().ToString("D");
            await _pools.Of("local").EnsureAsync(new(uid, 1 << 30, null), CancellationToken.None);
            _pools["local"].UsedOf(uid, size * Mebi);
            disks.Add(new PoolDisk(uid, $"{machine}-{i}", $"disk{i}", "local", "fast"));
        }

        return new MoveNotes { MigrationUid = Guid.NewGuid().ToString("D"), Namespace = "p", Name = $"move-{machine}", MachineUid = Guid.NewGuid().ToString("D"), Machine = machine, Role = MoveRole.Source, RunGeneration = 1, Disks = disks };
    }

    private async Task DoesNotFitAsync(MoveNotes notes, string? why)
    {
        if (why is null) await _disks.RequireRoomForAllAsync(notes, TestContext.Current.CancellationToken);
        else Assert.Equal(why, (await Assert.ThrowsAsync<MoveException>(() => _disks.RequireRoomForAllAsync(notes, TestContext.Current.CancellationToken))).Message);
    }
}
