using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using Rempart.Node.Machines;
using Rempart.Protocols.Qmp;

namespace Rempart.Node.Migration;

/// <summary>
/// The QEMU that a guest leaves. Everything is decided by what QEMU says of itself, so any agent can go on where another one ended.
/// INVARIANT: no return path from the target (the capability stays off) and no cancellation by us while the rest is sent: then a failure
/// in QEMU means that the target has not got all of it, and the guest that QEMU lets run on here is the only one.
/// </summary>
internal static class SourceEngine
{
    private const string MemorySocket = "move-memory";
    private const long Unbounded = 1L << 40;

    /// <summary>Does the next thing, if one is due. Call it again at QEMU's next word, and after 100 ms at the latest.</summary>
    /// <exception cref="MoveException">it can't go on.</exception>
    internal static async Task<SourceView> StepAsync(RunningMachine session, MachineRecord record, SourceSettings settings, CancellationToken cancellationToken)
    {
        var memory = await StatusAsync(session, cancellationToken);
        // An earlier move may have left its end, or this guest's arrival.
        if (memory.HasEnded && !await HasBegunAsync(session, cancellationToken)) memory = new QemuMigration();
        var jobs = await JobsAsync(session, cancellationToken);
        switch (memory.Status)
        {
            case QemuMigration.Completed:
                return new(SourceStage.Sent, memory, jobs);
            case QemuMigration.Failed or QemuMigration.Cancelled:
                return new(SourceStage.Failed, memory, jobs, $"QEMU could not send the guest's memory{(memory.Error is { } error ? $": {error}" : "")}");
            case QemuMigration.Device:
                return new(SourceStage.Switching, memory, jobs);
            case QemuMigration.PreSwitchover:
                return await SwitchAsync(session, record, memory, jobs, cancellationToken);
            case "":
                return await BeginAsync(session, record, settings, memory, jobs, cancellationToken);
            default:
                return jobs.FirstOrDefault(Ended) is { } broken ? Broken(memory, jobs, broken) : new(SourceStage.Sending, memory, jobs);
        }
    }

    internal static async Task<QemuMigration> StatusAsync(RunningMachine session, CancellationToken cancellationToken) =>
        QemuMigration.Parse(await session.Qmp.ExecuteAsync("query-migrate", null, [], cancellationToken));

    /// <summary>
    /// Takes everything back, and the guest runs on here. INVARIANT: the move is over in the API and the machine is still bound here.
    /// True when nothing is left to be done.
    /// </summary>
    /// <param name="session">QEMU.</param>
    /// <param name="record">of the machine.</param>
    /// <param name="cancellationToken">gives up.</param>
    internal static async Task<bool> RollBackAsync(RunningMachine session, MachineRecord record, CancellationToken cancellationToken)
    {
        var qmp = session.Qmp;
        var memory = await StatusAsync(session, cancellationToken);
        if (memory.Status.Length > 0 && !memory.HasEnded)
        {
            await qmp.ExecuteAsync("migrate_cancel", null, [], cancellationToken);
            return false;
        }
        foreach (var job in await JobsAsync(session, cancellationToken))
        {
            if (job.Status != QemuJob.Concluded)
            {
                await TryAsync(qmp, "block-job-cancel", new() { ["device"] = job.Id, ["force"] = true }, cancellationToken);
                return false;
            }
            await qmp.ExecuteAsync("job-dismiss", new() { ["id"] = job.Id }, [], cancellationToken);
        }
        foreach (var disk in MoveDisks.Written(record)) await TryAsync(qmp, "blockdev-del", new() { ["node-name"] = NodeOf(disk) }, cancellationToken);
        await TryAsync(qmp, "closefd", new() { ["fdname"] = MemorySocket }, cancellationToken);
        // INVARIANT: the one place where a guest that has been sent goes on.
        if (await session.StateAsync(cancellationToken) is "postmigrate" or RunningMachine.Paused or "finish-migrate") await session.ContinueAsync(cancellationToken);
        await qmp.ExecuteAsync("migrate-set-parameters", new() { ["tls-creds"] = "", ["tls-hostname"] = "" }, [], cancellationToken);
        await MoveCredentials.RemoveAsync(session, cancellationToken);
        return true;
    }

    private static async Task<SourceView> BeginAsync(RunningMachine session, MachineRecord record, SourceSettings settings, QemuMigration memory, IReadOnlyList<QemuJob> jobs, CancellationToken cancellationToken)
    {
        foreach (var disk in MoveDisks.Written(record))
        {
            if (jobs.All(job => job.Id != JobOf(disk))) await MirrorAsync(session, disk, settings, cancellationToken);
        }
        if (jobs.FirstOrDefault(Ended) is { } broken) return Broken(memory, jobs, broken);
        var all = jobs.Count == MoveDisks.Written(record).Count && jobs.All(job => job.Status == QemuJob.Ready);
        if (all) await SendMemoryAsync(session, settings, cancellationToken);
        return new(SourceStage.Sending, memory, jobs);
    }

    private static async Task MirrorAsync(RunningMachine session, string disk, SourceSettings settings, CancellationToken cancellationToken)
    {
        if (settings.DiskPort is not { } port) throw new MoveException("the target takes no disks");
        var (qmp, node) = (session.Qmp, NodeOf(disk));
        // Half made by an agent that has died: its connection is not known any more.
        await TryAsync(qmp, "blockdev-del", new() { ["node-name"] = node }, cancellationToken);
        await HandAsync(qmp, node, settings, port, cancellationToken);
        await qmp.ExecuteAsync("blockdev-add", new()
        {
            ["driver"] = "nbd",
            ["node-name"] = node,
            ["server"] = new JsonObject { ["type"] = "fd", ["str"] = node },
            ["export"] = disk,
            ["tls-creds"] = MoveCredentials.Id,
            ["tls-hostname"] = MoveKeys.HostOf(MoveRole.Target),
        }, [], cancellationToken);
        await qmp.ExecuteAsync("blockdev-mirror", new()
        {
            ["job-id"] = JobOf(disk),
            ["device"] = disk,
            ["target"] = node,
            // What lies below is the same image on both hosts.
            ["sync"] = "top",
            ["speed"] = settings.Bandwidth ?? 0,
            // Its end is kept until it was seen, whichever agent sees it.
            ["auto-dismiss"] = false,
            ["on-target-error"] = "report",
        }, [], cancellationToken);
    }

    private static async Task SendMemoryAsync(RunningMachine session, SourceSettings settings, CancellationToken cancellationToken)
    {
        var qmp = session.Qmp;
        await qmp.ExecuteAsync("migrate-set-capabilities", TargetEngine.Capabilities(("pause-before-switchover", true), ("auto-converge", settings.AutoConverge), ("events", true)), [], cancellationToken);
        await qmp.ExecuteAsync("migrate-set-parameters", new()
        {
            ["tls-creds"] = MoveCredentials.Id,
            ["tls-hostname"] = MoveKeys.HostOf(MoveRole.Target),
            ["downtime-limit"] = settings.DowntimeLimit,
            ["max-bandwidth"] = settings.Bandwidth ?? Unbounded,
        }, [], cancellationToken);
        await HandAsync(qmp, MemorySocket, settings, settings.MemoryPort, cancellationToken);
        await qmp.ExecuteAsync("migrate", new() { ["uri"] = $"fd:{MemorySocket}" }, [], cancellationToken);
    }

    // The guest stands still: the mirrors come to their end first, so that the target's disks are whole when its memory is.
    private static async Task<SourceView> SwitchAsync(RunningMachine session, MachineRecord record, QemuMigration memory, IReadOnlyList<QemuJob> jobs, CancellationToken cancellationToken)
    {
        var qmp = session.Qmp;
        var view = new SourceView(SourceStage.Switching, memory, jobs);
        if (jobs.FirstOrDefault(job => Ended(job) && job.Error is not null) is { } broken) return Broken(memory, jobs, broken);
        // One that was told so before may have come to its end since it was looked at: that is what was wanted.
        foreach (var job in jobs.Where(job => job.Status == QemuJob.Ready)) await TryAsync(qmp, "block-job-cancel", new() { ["device"] = job.Id }, cancellationToken);
        if (jobs.Count > 0) jobs = await JobsAsync(session, cancellationToken);
        if (jobs.Any(job => job.Status != QemuJob.Concluded)) return view;
        if (jobs.FirstOrDefault(job => job.Error is not null) is { } failed) return Broken(memory, jobs, failed);
        List<QmpCommand> rest = [.. jobs.Select(job => new QmpCommand("job-dismiss", new() { ["id"] = job.Id }, []))];
        // A job dismissed by an agent that died here left its node.
        foreach (var disk in MoveDisks.Written(record).Where(disk => jobs.Any(job => job.Id == JobOf(disk)))) rest.Add(new("blockdev-del", new() { ["node-name"] = NodeOf(disk) }, []));
        rest.Add(new("migrate-continue", new() { ["state"] = QemuMigration.PreSwitchover }, []));
        try
        {
            await qmp.ExecuteAllAsync(rest, cancellationToken);
        }
        catch (QmpException)
        {
            // All of them were tried; what it came to is seen at the next look.
        }
        return view;
    }

    // Said right before memory is sent, and taken back when a move is over.
    private static async Task<bool> HasBegunAsync(RunningMachine session, CancellationToken cancellationToken)
    {
        var parameters = await session.Qmp.ExecuteAsync("query-migrate-parameters", null, [], cancellationToken);
        return parameters.ValueKind == JsonValueKind.Object && parameters.TryGetProperty("tls-creds", out var credentials) && credentials.ValueKind == JsonValueKind.String && credentials.ValueEquals(MoveCredentials.Id);
    }

    private static bool Ended(QemuJob job) => job.Status is QemuJob.Concluded or "aborting" or "null";

    private static SourceView Broken(QemuMigration memory, IReadOnlyList<QemuJob> jobs, QemuJob job) =>
        new(SourceStage.Failed, memory, jobs, $"QEMU could not send disk `{job.Id[JobPrefix.Length..]}`{(job.Error is { } error ? $": {error}" : "")}");

    private static async Task<IReadOnlyList<QemuJob>> JobsAsync(RunningMachine session, CancellationToken cancellationToken) =>
        [.. QemuJob.Parse(await session.Qmp.ExecuteAsync("query-block-jobs", null, [], cancellationToken)).Where(job => job.Id.StartsWith(JobPrefix, StringComparison.Ordinal))];

    private static async Task HandAsync(QmpClient qmp, string name, SourceSettings settings, int port, CancellationToken cancellationToken)
    {
        using var socket = await MoveSockets.ConnectAsync(settings.Own, new IPEndPoint(settings.Target, port), cancellationToken);
        using var descriptor = MoveSockets.Descriptor(socket);
        await qmp.ExecuteAsync("getfd", new() { ["fdname"] = name }, [descriptor], cancellationToken);
    }

    private static async Task TryAsync(QmpClient qmp, string command, JsonObject arguments, CancellationToken cancellationToken)
    {
        try
        {
            await qmp.ExecuteAsync(command, arguments, [], cancellationToken);
        }
        catch (QmpException)
        {
            // There is no such thing, or not any more: that is what was wanted.
        }
    }

    private const string JobPrefix = "move-job-";

    private static string JobOf(string disk) => JobPrefix + disk;

    private static string NodeOf(string disk) => $"move-{disk}";
}
