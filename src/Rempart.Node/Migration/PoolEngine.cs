using System.Globalization;
using System.Text.Json.Nodes;
using Rempart.Node.Machines;
using Rempart.Protocols.Qmp;

namespace Rempart.Node.Migration;

/// <summary>
/// The QEMU whose disks go to other pools while it runs. Until its job is finalized a disk's old file has all that the guest was told is written; a job that is
/// `pending` has brought both files to the same and holds the guest's requests, so whichever of them is named in that moment is the right one; behind it the new one is.
/// </summary>
internal static class PoolEngine
{
    internal const string Pending = "pending";
    private const string JobPrefix = "pool-job-";
    private const long FirstSet = 1000;

    /// <summary>Begins to copy a disk into an empty file over the same image. From the moment on that its job is `ready`, every write goes to both before the guest hears of it.</summary>
    /// <param name="session">QEMU.</param>
    /// <param name="migrationUid">of the move.</param>
    /// <param name="disk">which one.</param>
    /// <param name="file">the new file; QEMU has a copy of the descriptor afterwards.</param>
    /// <param name="isClone">whether an image is below it.</param>
    /// <param name="speed">bytes a second, 0 for as much as goes.</param>
    /// <param name="cancellationToken">gives up.</param>
    internal static async Task BeginAsync(RunningMachine session, string migrationUid, PoolDisk disk, DiskLayer file, bool isClone, long speed, CancellationToken cancellationToken)
    {
        var (qmp, root, node) = (session.Qmp, await DiskRoots.FindAsync(session, disk.Disk, cancellationToken), DiskRoots.New(disk.Disk, migrationUid));
        if (root == node) throw new MoveException($"disk `{disk.Disk}` has this move's own file already");
        await RemoveAllButAsync(session, disk.Disk, root, cancellationToken);
        var set = SetOf(migrationUid, disk.Disk);
        await qmp.ExecuteAsync("add-fd", new() { ["fdset-id"] = set }, [file.File], cancellationToken);
        await qmp.ExecuteAsync("blockdev-add", new()
        {
            ["driver"] = "file",
            ["node-name"] = DiskRoots.FileOf(node),
            ["filename"] = string.Create(CultureInfo.InvariantCulture, $"/dev/fdset/{set}"),
            ["read-only"] = false,
            ["discard"] = "unmap",
            ["locking"] = "on",
        }, [], cancellationToken);
        await qmp.ExecuteAsync("blockdev-add", new()
        {
            ["driver"] = "qcow2",
            ["node-name"] = node,
            ["file"] = DiskRoots.FileOf(node),
            ["read-only"] = false,
            // The very node that the old file is above.
            ["backing"] = isClone ? $"{disk.Disk}-1" : null,
        }, [], cancellationToken);
        await qmp.ExecuteAsync("blockdev-mirror", new()
        {
            ["job-id"] = JobOf(disk),
            ["device"] = root,
            ["target"] = node,
            ["sync"] = "top",
            ["copy-mode"] = "write-blocking",
            ["speed"] = speed,
            // It waits for the agent's note before it takes the new file, and its end is kept until it was seen.
            ["auto-finalize"] = false,
            ["auto-dismiss"] = false,
            ["on-target-error"] = "report",
        }, [], cancellationToken);
    }

    /// <summary>The jobs of this move by their disks.</summary>
    internal static async Task<IReadOnlyDictionary<string, QemuJob>> JobsAsync(RunningMachine session, CancellationToken cancellationToken) =>
        QemuJob.Parse(await session.Qmp.ExecuteAsync("query-block-jobs", null, [], cancellationToken)).Where(job => job.Id.StartsWith(JobPrefix, StringComparison.Ordinal))
            .ToDictionary(job => job.Id[JobPrefix.Length..], StringComparer.Ordinal);

    /// <summary>Whether a job has ended without having done what it was to do; one without an error has been finalized.</summary>
    internal static bool HasFailed(QemuJob job) => job.Status is "aborting" or "null" || (job.Status == QemuJob.Concluded && job.Error is not null);

    /// <summary>Lets those that have everything come to their end, in which they hold the guest's requests to their disk.</summary>
    internal static async Task CompleteAsync(RunningMachine session, IEnumerable<QemuJob> jobs, CancellationToken cancellationToken)
    {
        foreach (var job in jobs.Where(job => job.Status == QemuJob.Ready)) await TryAsync(session.Qmp, "job-complete", new() { ["id"] = job.Id }, cancellationToken);
    }

    /// <summary>Takes the new files. INVARIANT: the agent's disk has the note that they count.</summary>
    internal static async Task FinalizeAsync(RunningMachine session, IEnumerable<QemuJob> jobs, CancellationToken cancellationToken)
    {
        foreach (var job in jobs.Where(job => job.Status == Pending)) await TryAsync(session.Qmp, "job-finalize", new() { ["id"] = job.Id }, cancellationToken);
    }

    /// <summary>Whether a disk reads and writes its new file; then nothing of the old one is left in QEMU.</summary>
    internal static async Task<bool> IsTakenAsync(RunningMachine session, string migrationUid, PoolDisk disk, CancellationToken cancellationToken)
    {
        if ((await JobsAsync(session, cancellationToken)).TryGetValue(disk.Disk, out var job))
        {
            if (job.Status != QemuJob.Concluded) return false;
            await TryAsync(session.Qmp, "job-dismiss", new() { ["id"] = job.Id }, cancellationToken);
        }
        var root = await DiskRoots.FindAsync(session, disk.Disk, cancellationToken);
        if (root != DiskRoots.New(disk.Disk, migrationUid)) return false;
        await RemoveAllButAsync(session, disk.Disk, root, cancellationToken);
        return true;
    }

    /// <summary>Takes a disk's copying back; true when nothing is left of it. INVARIANT: the old file counts.</summary>
    internal static async Task<bool> RollBackAsync(RunningMachine session, PoolDisk disk, CancellationToken cancellationToken)
    {
        if ((await JobsAsync(session, cancellationToken)).TryGetValue(disk.Disk, out var job))
        {
            if (job.Status != QemuJob.Concluded)
            {
                await TryAsync(session.Qmp, "job-cancel", new() { ["id"] = job.Id }, cancellationToken);
                return false;
            }
            await TryAsync(session.Qmp, "job-dismiss", new() { ["id"] = job.Id }, cancellationToken);
        }
        await RemoveAllButAsync(session, disk.Disk, await DiskRoots.FindAsync(session, disk.Disk, cancellationToken), cancellationToken);
        return true;
    }

    // With its descriptor, or the room of a file that was removed would be taken until QEMU ends.
    private static async Task RemoveAllButAsync(RunningMachine session, string disk, string root, CancellationToken cancellationToken)
    {
        foreach (var (node, file, set) in await DiskRoots.OthersAsync(session, disk, root, cancellationToken))
        {
            await TryAsync(session.Qmp, "blockdev-del", new() { ["node-name"] = node }, cancellationToken);
            await TryAsync(session.Qmp, "blockdev-del", new() { ["node-name"] = file }, cancellationToken);
            if (set is { } known) await TryAsync(session.Qmp, "remove-fd", new() { ["fdset-id"] = known }, cancellationToken);
        }
    }

    private static async Task TryAsync(QmpClient qmp, string command, JsonObject arguments, CancellationToken cancellationToken)
    {
        try
        {
            await qmp.ExecuteAsync(command, arguments, [], cancellationToken);
        }
        catch (QmpException)
        {
            // There is no such thing, or not any more, or it is further on by now: what it came to is seen at the next look.
        }
    }

    private static string JobOf(PoolDisk disk) => JobPrefix + disk.Disk;

    // Beyond those of the machine's start; another one in each move, because the one of before is given back at the move's end. QEMU takes 31 bits.
    private static long SetOf(string migrationUid, string disk) =>
        FirstSet + (long.Parse(migrationUid.AsSpan(0, 6), NumberStyles.HexNumber, CultureInfo.InvariantCulture) * 16) + (disk.AsSpan("disk".Length) is var number && int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var index) ? index : 15);
}
