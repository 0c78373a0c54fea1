using System.Net;
using System.Text.Json.Nodes;
using Rempart.Node.Machines;
using Rempart.Protocols.Qmp;

namespace Rempart.Node.Migration;

/// <summary>The QEMU that a guest comes to: what is said to it, step by step. Each step may be repeated, except that listening begins once in a QEMU's life.</summary>
internal static class TargetEngine
{
    private const string DiskSocket = "move-disks";
    private const string MemorySocket = "move-memory";
    private const int MaxClients = 16;

    /// <summary>Makes it listen for disks (when there are any that are written) and memory, at ports that the kernel chooses; only the peer's root reaches them, and only with the peer's certificate.</summary>
    internal static async Task<(int Memory, int? Disks)> ListenAsync(
        RunningMachine session, MachineRecord record, string migrationUid, MoveKeys keys, string peerAuthority, IPAddress own, IPAddress peer, CancellationToken cancellationToken)
    {
        await MoveCredentials.LoadAsync(session, record.HostUid, migrationUid, MoveRole.Target, keys, peerAuthority, cancellationToken);
        var qmp = session.Qmp;
        using var memory = MoveSockets.Listen(own, peer);
        using var disks = MoveSockets.Listen(own, peer);
        var written = MoveDisks.Written(record);
        if (written.Count > 0)
        {
            await MoveSockets.HandAsync(qmp, DiskSocket, disks, cancellationToken);
            await qmp.ExecuteAsync("nbd-server-start", new()
            {
                ["addr"] = new JsonObject { ["type"] = "fd", ["data"] = new JsonObject { ["str"] = DiskSocket } },
                ["tls-creds"] = MoveCredentials.Id,
                ["tls-authz"] = MoveCredentials.Authorization,
                ["max-connections"] = MaxClients,
            }, [], cancellationToken);
            foreach (var disk in written)
                await qmp.ExecuteAsync("block-export-add", new() { ["type"] = "nbd", ["id"] = ExportOf(disk), ["node-name"] = disk, ["name"] = disk, ["writable"] = true }, [], cancellationToken);
        }
        await qmp.ExecuteAsync("migrate-set-capabilities", QemuMigration.Capabilities(("events", true)), [], cancellationToken);
        await qmp.ExecuteAsync("migrate-set-parameters", new() { ["tls-creds"] = MoveCredentials.Id, ["tls-authz"] = MoveCredentials.Authorization }, [], cancellationToken);
        await MoveSockets.HandAsync(qmp, MemorySocket, memory, cancellationToken);
        // `tcp:` before `fd:` makes QEMU 7.2 listen on the descriptor, so that one who can't show the right certificate does not use up the only try.
        await qmp.ExecuteAsync("migrate-incoming", new() { ["uri"] = $"tcp:fd:{MemorySocket}" }, [], cancellationToken);
        return (MoveSockets.PortOf(memory), written.Count > 0 ? MoveSockets.PortOf(disks) : null);
    }

    /// <summary>Whether the guest is here with all that it had; it stands still.</summary>
    internal static async Task<bool> IsLoadedAsync(RunningMachine session, CancellationToken cancellationToken) =>
        (await QemuMigration.ReadAsync(session, cancellationToken)).Status == QemuMigration.Completed && await session.StateAsync(cancellationToken) is not "inmigrate";

    /// <summary>Gives the disks to the guest alone and lets it run. INVARIANT: the API has said that the machine belongs here.</summary>
    internal static async Task LetGoAsync(RunningMachine session, MachineRecord record, CancellationToken cancellationToken)
    {
        foreach (var disk in MoveDisks.Written(record))
        {
            try
            {
                await session.Qmp.ExecuteAsync("block-export-del", new() { ["id"] = ExportOf(disk), ["mode"] = "hard" }, [], cancellationToken);
            }
            catch (QmpException)
            {
                // It was taken back by an earlier try.
            }
        }
        await session.ContinueAsync(cancellationToken);
    }

    /// <summary>Takes back what only the move needed; the guest may run meanwhile.</summary>
    internal static async Task TidyAsync(RunningMachine session, MachineRecord record, int? diskPort, CancellationToken cancellationToken)
    {
        if (diskPort is { } port && record.Pid is { } pid)
        {
            MoveSockets.Silence(pid, port);
            try
            {
                await session.Qmp.ExecuteAsync("nbd-server-stop", null, [], cancellationToken);
            }
            catch (QmpException)
            {
                // It was stopped by an earlier try.
            }
        }
        await session.Qmp.ExecuteAsync("migrate-set-parameters", new() { ["tls-creds"] = "", ["tls-authz"] = "" }, [], cancellationToken);
        await MoveCredentials.RemoveAsync(session, cancellationToken);
    }

    private static string ExportOf(string disk) => $"move-{disk}";
}
