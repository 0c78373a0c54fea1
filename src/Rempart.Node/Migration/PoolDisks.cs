using System.Collections.Concurrent;
using Rempart.Api.Compute;
using Rempart.Api.Meta;
using Rempart.Api.Storage;
using Rempart.Linux;
using Rempart.Node.Agent;
using Rempart.Node.Volumes;

namespace Rempart.Node.Migration;

/// <summary>The disks of a move between pools: their files, and what QEMU makes of them. Each step may be repeated.</summary>
internal sealed class PoolDisks(MoveHost host)
{
    private const long Mebi = 1L << 20;

    // By this process: after a crash all is copied anew.
    private readonly ConcurrentDictionary<string, bool> _copied = new(StringComparer.Ordinal);

    private IVolumePools Pools => host.Drivers.Volumes;

    /// <summary>Which disk goes where.</summary>
    /// <exception cref="MoveException">one can't.</exception>
    public async Task<IReadOnlyList<PoolDisk>> PlanAsync(VirtualMachine machine, IReadOnlyList<MigrationVolume> wanted, CancellationToken cancellationToken)
    {
        var (uid, disks) = (machine.Metadata.Uid!, new List<PoolDisk>());
        var (attached, noted) = (host.MachineNotes.Read(uid).Volumes, await RunsAsync(uid, cancellationToken));
        foreach (var one in wanted)
        {
            var volume = await host.Client.FindAsync<Volume>(machine.Metadata.Namespace, one.Name, cancellationToken) ?? throw new MoveException($"volume `{one.Name}` is gone");
            var holders = await Pools.HoldersAsync(volume.Metadata.Uid!, cancellationToken);
            if (volume.Status?.NodeName != host.Node || VolumePlacing.Decide(volume.Status.Pool ?? PoolFolders.HomeName, holders) is not { } from || !holders.Contains(from)) throw new MoveException($"volume `{one.Name}` has no data on node `{host.Node}`");
            var index = attached.ToList().IndexOf(volume.Metadata.Uid!);
            if (index < 0 && noted) throw new MoveException($"volume `{one.Name}` was given to the machine after it was started: restart it first");
            if (from != one.Pool) disks.Add(new PoolDisk(volume.Metadata.Uid!, one.Name, $"disk{index}", from, one.Pool));
        }
        return disks;
    }

    /// <summary>Whether the machine has a QEMU that may write to its disks.</summary>
    public Task<bool> RunsAsync(MoveNotes notes, CancellationToken cancellationToken) => RunsAsync(notes.MachineUid, cancellationToken);

    private async Task<bool> RunsAsync(string uid, CancellationToken cancellationToken) => (await host.Drivers.Machines.InspectAsync(uid, cancellationToken)).IsRunning;

    /// <summary>Begins what was not begun yet; the jobs by their disks.</summary>
    public async Task<IReadOnlyDictionary<string, QemuJob>> StepAsync(MoveNotes notes, long? bandwidth, CancellationToken cancellationToken)
    {
        var jobs = await host.Machines.UseAsync(notes.MachineUid, (_, session, token) => PoolEngine.JobsAsync(session, token), cancellationToken);
        foreach (var disk in notes.Disks!.Where(disk => !jobs.ContainsKey(disk.Disk)))
        {
            using var turn = await host.Drivers.VolumeTurns.EnterAsync(disk.Uid, cancellationToken);
            // Half made by an agent that has died. QEMU may have it open: what it wrote there is nobody's.
            if (!await host.Machines.UseAsync(notes.MachineUid, (_, session, token) => PoolEngine.RollBackAsync(session, disk, token), cancellationToken)) continue;
            var record = await MakeAsync(disk, cancellationToken);
            await RequireRoomAsync(disk, await DataAsync(disk, disk.From, cancellationToken), cancellationToken);
            var layers = await Pools.Of(disk.To).OpenAsync(disk.Uid, cancellationToken);
            try
            {
                var speed = bandwidth is { } all ? Math.Max(1, all / notes.Disks!.Count) : 0;
                await host.Machines.UseAsync(notes.MachineUid, (_, session, token) => PoolEngine.BeginAsync(session, notes.MigrationUid, disk, layers[0], record.Image is not null, speed, token), cancellationToken);
            }
            finally
            {
                foreach (var layer in layers) layer.File.Dispose();
            }
        }
        return await host.Machines.UseAsync(notes.MachineUid, (_, session, token) => PoolEngine.JobsAsync(session, token), cancellationToken);
    }

    /// <summary>Copies the disks of a machine that does not run; false when <paramref name="told"/> said so.</summary>
    public async Task<bool> CopyAsync(MoveNotes notes, long? bandwidth, Func<long, long, ValueTask<bool>> told, CancellationToken cancellationToken)
    {
        foreach (var disk in notes.Disks!)
        {
            // Whoever deletes the volume waits.
            using var turn = await host.Drivers.VolumeTurns.EnterAsync(disk.Uid, cancellationToken);
            await MakeAsync(disk, cancellationToken);
            var (from, to) = (await Pools.Of(disk.From).OpenAsync(disk.Uid, cancellationToken), await Pools.Of(disk.To).OpenAsync(disk.Uid, cancellationToken));
            try
            {
                var copy = new PoolCopy(from[0].File, to[0].File, bandwidth, host.Time);
                await RequireRoomAsync(disk, copy.Total, cancellationToken);
                var goesOn = true;
                await copy.RunAsync(async () => goesOn = await told(copy.Total, copy.Done) ? true : throw new OverException(), cancellationToken);
            }
            catch (OverException)
            {
                return false;
            }
            catch (IOException full) when (DiskFull.Is(full))
            {
                throw PoolFolder.Full(full);
            }
            finally
            {
                foreach (var layer in from.Concat(to)) layer.File.Dispose();
            }
        }
        _copied[notes.MigrationUid] = true;
        return true;
    }

    /// <summary>Whether <see cref="CopyAsync"/> has come to its end, and nothing has run since: notes keep the machine from being started.</summary>
    public bool IsCopied(MoveNotes notes) => notes.Disks!.Count == 0 || _copied.ContainsKey(notes.MigrationUid);

    /// <exception cref="MoveException">one of the pools has only what is kept for guests that run.</exception>
    public async Task RequireRoomAsync(MoveNotes notes, CancellationToken cancellationToken)
    {
        foreach (var disk in notes.Disks!) await RequireRoomAsync(disk, 0, cancellationToken);
    }

    /// <summary>Whether all of its disks fit beside what other moves on this host bring. INVARIANT: the notes are not written yet, and nobody else's are meanwhile.</summary>
    /// <exception cref="MoveException">they don't.</exception>
    public async Task RequireRoomForAllAsync(MoveNotes notes, CancellationToken cancellationToken)
    {
        foreach (var coming in notes.Disks!.GroupBy(disk => disk.To))
        {
            var need = 0L;
            foreach (var disk in coming) need += await DataAsync(disk, disk.From, cancellationToken);
            var (room, taken) = (PoolFolder.RoomOf(await Pools.Of(coming.Key).SpaceAsync(cancellationToken)), await TakenAsync(notes, coming.Key, cancellationToken));
            if (room - taken < need) throw NoRoom(coming.Key, room, taken, [.. coming.Select(disk => disk.Volume)], need);
        }
    }

    public Task CompleteAsync(MoveNotes notes, IEnumerable<QemuJob> jobs, CancellationToken cancellationToken) =>
        host.Machines.UseAsync(notes.MachineUid, (_, session, token) => PoolEngine.CompleteAsync(session, jobs, token), cancellationToken);

    public Task FinalizeAsync(MoveNotes notes, IEnumerable<QemuJob> jobs, CancellationToken cancellationToken) =>
        host.Machines.UseAsync(notes.MachineUid, (_, session, token) => PoolEngine.FinalizeAsync(session, jobs, token), cancellationToken);

    /// <summary>Has QEMU take the new files: true when it has, false when it reads an old one and no job goes on, null when it is not known yet. INVARIANT: it is noted that the new ones count.</summary>
    public async Task<bool?> TakeAsync(MoveNotes notes, CancellationToken cancellationToken) => await host.Machines.UseAsync<bool?>(notes.MachineUid, async (_, session, token) =>
    {
        await PoolEngine.FinalizeAsync(session, (await PoolEngine.JobsAsync(session, token)).Values, token);
        foreach (var disk in notes.Disks!)
        {
            if (await PoolEngine.IsTakenAsync(session, notes.MigrationUid, disk, token)) continue;
            return (await PoolEngine.JobsAsync(session, token)).ContainsKey(disk.Disk) ? null : false;
        }
        return true;
    }, cancellationToken);

    /// <summary>Removes what was copied; true when nothing is left of it. INVARIANT: the old files count.</summary>
    public async Task<bool> RollBackAsync(MoveNotes notes, CancellationToken cancellationToken)
    {
        foreach (var disk in notes.Disks!)
        {
            if (await RunsAsync(notes, cancellationToken) && !await host.Machines.UseAsync(notes.MachineUid, (_, session, token) => PoolEngine.RollBackAsync(session, disk, token), cancellationToken)) return false;
        }
        await RemoveAsync(notes, disk => disk.To, cancellationToken);
        return true;
    }

    /// <summary>Removes what is left in the old pools. INVARIANT: the new files count, and QEMU has none of the old.</summary>
    public Task RemoveOldAsync(MoveNotes notes, CancellationToken cancellationToken) => RemoveAsync(notes, disk => disk.From, cancellationToken);

    private async Task RemoveAsync(MoveNotes notes, Func<PoolDisk, string> pool, CancellationToken cancellationToken)
    {
        foreach (var disk in notes.Disks!)
        {
            using var turn = await host.Drivers.VolumeTurns.EnterAsync(disk.Uid, cancellationToken);
            await Pools.Of(pool(disk)).DeleteAsync(disk.Uid, cancellationToken);
        }
        _copied.TryRemove(notes.MigrationUid, out _);
    }

    // Empty: what is there is left from an earlier try. INVARIANT: the caller holds the volume's turn.
    private async Task<VolumeRecord> MakeAsync(PoolDisk disk, CancellationToken cancellationToken)
    {
        var old = await Pools.Of(disk.From).FindAsync(disk.Uid, cancellationToken) ?? throw new MoveException($"volume `{disk.Volume}` is not in pool `{disk.From}` of this host any more");
        await Pools.Of(disk.To).DeleteAsync(disk.Uid, cancellationToken);
        return await Pools.Of(disk.To).EnsureAsync(new VolumeRequest(disk.Uid, old.Size, old.Image), cancellationToken);
    }

    // A guest may write to it meanwhile: about as much.
    private async Task<long> DataAsync(PoolDisk disk, string pool, CancellationToken cancellationToken) => await Pools.Of(pool).UsedAsync(disk.Uid, cancellationToken) ?? 0;

    // What other moves here have not copied yet.
    private async Task<long> TakenAsync(MoveNotes notes, string pool, CancellationToken cancellationToken)
    {
        var taken = 0L;
        foreach (var disk in host.Notes.All.Where(other => other.MigrationUid != notes.MigrationUid && other.Stage != MoveStage.Switched).SelectMany(other => other.Disks ?? []).Where(disk => disk.To == pool))
        {
            try
            {
                taken += Math.Max(0, await DataAsync(disk, disk.From, cancellationToken) - await DataAsync(disk, disk.To, cancellationToken));
            }
            catch (Exception failure) when (failure is VolumeException or IOException)
            {
                // Its pool is not there now, or its file went just then: the other move's trouble alone.
            }
        }

        return taken;
    }

    private async Task RequireRoomAsync(PoolDisk disk, long bytes, CancellationToken cancellationToken)
    {
        var room = PoolFolder.RoomOf(await Pools.Of(disk.To).SpaceAsync(cancellationToken));
        if (room < bytes) throw NoRoom(disk.To, room, 0, [disk.Volume], bytes);
    }

    private static MoveException NoRoom(string pool, long room, long taken, IReadOnlyList<string> volumes, long bytes)
    {
        var (others, need) = (taken > 0 ? $", {Text(taken + Mebi - 1)} of it for other moves under way" : "", bytes > 0 ? Text(bytes + Mebi - 1) : "more");
        return new MoveException($"pool `{pool}` has room for {Text(Math.Max(0, room))}{others}, and {(volumes.Count == 1 ? "volume" : "volumes")} `{string.Join("`, `", volumes)}` {(volumes.Count == 1 ? "needs" : "need")} {need}: delete volumes there, or make its file system larger");
    }

    private static string Text(long bytes) => Quantity.FromBytes(bytes / Mebi * Mebi).ToString();

    private sealed class OverException : Exception;
}
