using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using Rempart.Node.Machines;
using Rempart.Protocols.Qmp;

namespace Rempart.Node.Migration;

/// <summary>
/// The QEMU that a guest leaves. Everything is decided by what QEMU says of itself, so any agent can go on where another one ended.
/// INVARIANT: no return path from the target (the capability stays off) and no cancellation by us before the move is over: QEMU alone says whether all was sent.
/// It can fail when the target has all that it needs (behind the last of the guest follows a description that nobody waits for), and lets its guest run on: so
/// the API lets nobody commit before the source has said <see cref="SourceStage.Sent"/>, and behind that word the guest stands still until the move is over.
/// </summary>
internal static class SourceEngine
{
    private const string MemorySocket = "move-memory";
    private const long Unbounded = 1L << 40;

    /// <summary>Does the next thing, if one is due. Call it again at QEMU's next word, and after 100 ms at the latest.</summary>
    /// <exception cref="MoveException">it can't go on.</exception>
    internal static async Task<SourceView> StepAsync(RunningMachine session, MachineRecord record, SourceSettings settings, MemoryLine line, CancellationToken cancellationToken)
    {
        var memory = await QemuMigration.ReadAsync(session, cancellationToken);
        // An earlier move may have left its end, or this guest's arrival.
        if (memory.HasEnded && !await HasBegunAsync(session, cancellationToken)) memory = new QemuMigration();
        if (memory.Status == QemuMigration.Completed)
        {
            switch (await session.StateAsync(cancellationToken))
            {
                case RunningMachine.Sent: break;
                // QEMU has said so and is about to hold the guest for good.
                case RunningMachine.Finishing: return new(SourceStage.Switching, memory, []);
                // An agent died right before it sent memory: this guest once arrived here, and that is what was completed.
                default: memory = new QemuMigration(); break;
            }
        }
        if (memory.Status == QemuMigration.Active) line.Gather();
        else if (memory.Status.Length > 0 && memory.Status != QemuMigration.Setup) line.Dispose();
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
                return await BeginAsync(session, record, settings, line, memory, jobs, cancellationToken);
            case QemuMigration.Active:
                // QEMU takes it as it sends; the same once more is no harm.
                if (DowntimeSteps.IsRaised(memory.Iteration)) await session.Qmp.ExecuteAsync("migrate-set-parameters", new() { ["downtime-limit"] = DowntimeSteps.At(memory.Iteration, settings.DowntimeLimit) }, [], cancellationToken);
                goto default;
            default:
                return jobs.FirstOrDefault(Ended) is { } broken ? Broken(memory, jobs, broken) : new(SourceStage.Sending, memory, jobs);
        }
    }

    /// <summary>
    /// Takes everything back, and the guest runs on here. INVARIANT: the move is over in the API and the machine is still bound here.
    /// True when nothing is left to be done.
    /// </summary>
    /// <exception cref="QmpException">the guest stands still, and QEMU does not let it go on.</exception>
    /// <param name="session">QEMU.</param>
    /// <param name="record">of the machine.</param>
    /// <param name="cancellationToken">gives up.</param>
    internal static async Task<bool> RollBackAsync(RunningMachine session, MachineRecord record, CancellationToken cancellationToken)
    {
        var qmp = session.Qmp;
        var memory = await QemuMigration.ReadAsync(session, cancellationToken);
        if (memory.Status.Length > 0 && !memory.HasEnded)
        {
            await TryAsync(qmp, "migrate_cancel", [], cancellationToken);
            return false;
        }
        foreach (var job in await JobsAsync(session, cancellationToken))
        {
            if (job.Status != QemuJob.Concluded)
            {
                await TryAsync(qmp, "block-job-cancel", new() { ["device"] = job.Id, ["force"] = true }, cancellationToken);
                return false;
            }
            await TryAsync(qmp, "job-dismiss", new() { ["id"] = job.Id }, cancellationToken);
        }
        foreach (var disk in MoveDisks.Written(record)) await TryAsync(qmp, "blockdev-del", new() { ["node-name"] = NodeOf(disk) }, cancellationToken);
        await TryAsync(qmp, "closefd", new() { ["fdname"] = MemorySocket }, cancellationToken);
        // INVARIANT: the one place where a guest that has been sent goes on.
        if (await session.StateAsync(cancellationToken) is RunningMachine.Sent or RunningMachine.Paused or RunningMachine.Finishing) await session.ContinueAsync(cancellationToken);
        // Its guest runs: what can't be taken back is in nobody's way but the next move's, which says so.
        await TryAsync(qmp, "migrate-set-parameters", new() { ["tls-creds"] = "", ["tls-hostname"] = "" }, cancellationToken);
        try
        {
            await MoveCredentials.RemoveAsync(session, cancellationToken);
        }
        catch (QmpException)
        {
        }
        return true;
    }

    private static async Task<SourceView> BeginAsync(RunningMachine session, MachineRecord record, SourceSettings settings, MemoryLine line, QemuMigration memory, IReadOnlyList<QemuJob> jobs, CancellationToken cancellationToken)
    {
        var disks = MoveDisks.Written(record);
        foreach (var disk in disks)
        {
            if (jobs.All(job => job.Id != JobOf(disk))) await MirrorAsync(session, disk, settings, settings.DiskBandwidth(disks.Count), cancellationToken);
        }
        if (jobs.FirstOrDefault(Ended) is { } broken) return Broken(memory, jobs, broken);
        if (jobs.Count == disks.Count && jobs.All(job => job.Status == QemuJob.Ready)) await SendMemoryAsync(session, settings, line, cancellationToken);
        return new(SourceStage.Sending, memory, jobs);
    }

    private static async Task MirrorAsync(RunningMachine session, string disk, SourceSettings settings, long speed, CancellationToken cancellationToken)
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
            ["device"] = await DiskRoots.FindAsync(session, disk, cancellationToken),
            ["target"] = node,
            // What lies below is the same image on both hosts.
            ["sync"] = "top",
            ["speed"] = speed,
            // Its end is kept until it was seen, whichever agent sees it.
            ["auto-dismiss"] = false,
            ["on-target-error"] = "report",
        }, [], cancellationToken);
    }

    private static async Task SendMemoryAsync(RunningMachine session, SourceSettings settings, MemoryLine line, CancellationToken cancellationToken)
    {
        var qmp = session.Qmp;
        await qmp.ExecuteAsync("migrate-set-capabilities", QemuMigration.Capabilities(("pause-before-switchover", true), ("auto-converge", settings.AutoConverge), ("events", true)), [], cancellationToken);
        // Connecting takes its time: nothing may say meanwhile that this guest's memory is being sent.
        line.Keep(await MoveSockets.ConnectAsync(settings.Own, new IPEndPoint(settings.Target, settings.MemoryPort), cancellationToken));
        await line.HandAsync(qmp, MemorySocket, cancellationToken);
        await qmp.ExecuteAsync("migrate-set-parameters", new()
        {
            ["tls-creds"] = MoveCredentials.Id,
            ["tls-hostname"] = MoveKeys.HostOf(MoveRole.Target),
            ["downtime-limit"] = DowntimeSteps.At(0, settings.DowntimeLimit),
            ["max-bandwidth"] = settings.Bandwidth ?? Unbounded,
        }, [], cancellationToken);
        await qmp.ExecuteAsync("migrate", new() { ["uri"] = $"fd:{MemorySocket}" }, [], cancellationToken);
    }

    // The guest stands still: the mirrors come to their end first, so that the target's disks are whole when its memory is.
    private static async Task<SourceView> SwitchAsync(RunningMachine session, MachineRecord record, QemuMigration memory, IReadOnlyList<QemuJob> jobs, CancellationToken cancellationToken)
    {
        var qmp = session.Qmp;
        var view = new SourceView(SourceStage.Switching, memory, jobs);
        if (jobs.FirstOrDefault(job => Ended(job) && job.Error is not null) is { } broken) return Broken(memory, jobs, broken);
        foreach (var job in jobs.Where(job => job.Status == QemuJob.Ready)) await EndMirrorAsync(session, job, cancellationToken);
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

    /// <summary>Lets a mirror that has everything come to its end. One that was told so before may have ended since it was looked at: that is what was wanted.</summary>
    internal static Task EndMirrorAsync(RunningMachine session, QemuJob job, CancellationToken cancellationToken) =>
        TryAsync(session.Qmp, "block-job-cancel", new() { ["device"] = job.Id }, cancellationToken);

    // Said right before memory is sent, and taken back when a move is over.
    private static async Task<bool> HasBegunAsync(RunningMachine session, CancellationToken cancellationToken)
    {
        var parameters = await session.Qmp.ExecuteAsync("query-migrate-parameters", null, [], cancellationToken);
        return parameters.ValueKind == JsonValueKind.Object && parameters.TryGetProperty("tls-creds", out var credentials) && credentials.ValueKind == JsonValueKind.String && credentials.ValueEquals(MoveCredentials.Id);
    }

    private static bool Ended(QemuJob job) => job.Status is QemuJob.Concluded or "aborting" or "null";

    private static SourceView Broken(QemuMigration memory, IReadOnlyList<QemuJob> jobs, QemuJob job) =>
        new(SourceStage.Failed, memory, jobs, $"QEMU could not send disk `{job.Id[JobPrefix.Length..]}`{(job.Error is { } error ? $": {error}" : "")}");

    internal static async Task<IReadOnlyList<QemuJob>> JobsAsync(RunningMachine session, CancellationToken cancellationToken) =>
        [.. QemuJob.Parse(await session.Qmp.ExecuteAsync("query-block-jobs", null, [], cancellationToken)).Where(job => job.Id.StartsWith(JobPrefix, StringComparison.Ordinal))];

    private static async Task HandAsync(QmpClient qmp, string name, SourceSettings settings, int port, CancellationToken cancellationToken)
    {
        using var socket = await MoveSockets.ConnectAsync(settings.Own, new IPEndPoint(settings.Target, port), cancellationToken);
        await MoveSockets.HandAsync(qmp, name, socket, cancellationToken);
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
