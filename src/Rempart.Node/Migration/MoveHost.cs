using System.Net;
using Rempart.Api.Client;
using Rempart.Api.Compute;
using Rempart.Node.Agent;
using Rempart.Node.Machines;
using Rempart.Runtime;
using Rempart.Runtime.Conditions;

namespace Rempart.Node.Migration;

/// <summary>What both ends of a move work with.</summary>
internal sealed record MoveHost(ApiClient Client, AgentDrivers Drivers, IMachineMoves Machines, MachineNotesFolder MachineNotes, MoveNotesFolder Notes, string Node, TimeProvider Time)
{
    private const string Plane = "rempart.dev/migration";

    /// <summary>This host's address on the migration plane: what its Node says, else its address for everything, else its own loopback.</summary>
    public async Task<IPAddress> AddressAsync(CancellationToken cancellationToken)
    {
        var addresses = (await Client.FindAsync<Api.Core.Node>(null, Node, cancellationToken))?.Status?.Addresses ?? [];
        var text = addresses.FirstOrDefault(one => one.Type == Plane)?.Address ?? addresses.FirstOrDefault(one => one.Type == "InternalIP")?.Address;
        return text is null ? IPAddress.Loopback : Parse(text, "this node's address on the migration plane");
    }

    /// <exception cref="MoveException">it is no address.</exception>
    public static IPAddress Parse(string? text, string what) => IPAddress.TryParse(text, out var address) && !address.Equals(IPAddress.Any) && !address.Equals(IPAddress.IPv6Any) ? address : throw new MoveException($"{what} is `{text}`, no IP address");

    /// <summary>
    /// Removes everything of a machine from this host, its volumes' data included. INVARIANT: the API has said that the machine is bound elsewhere.
    /// </summary>
    public async Task RemoveAsync(string machineUid, CancellationToken cancellationToken)
    {
        var noted = MachineNotes.Read(machineUid);
        await Drivers.Machines.DeleteAsync(machineUid, cancellationToken);
        foreach (var port in noted.Ports) await Drivers.Networks.UnbindAsync(port, cancellationToken);
        foreach (var volume in noted.Volumes)
        {
            using var turn = await Drivers.VolumeTurns.EnterAsync(volume, cancellationToken);
            await Drivers.Volumes.DeleteAsync(volume, cancellationToken);
        }
        Drivers.Seeds.Delete(machineUid);
        MachineNotes.Delete(machineUid);
    }

    /// <summary>The move that there are notes of; it is asked for afresh when the cache, which may be younger, shows none or another one. Null when it is gone.</summary>
    public async Task<MachineMigration?> MoveAsync(ResourceKey key, MachineMigration? cached, MoveNotes? notes, CancellationToken cancellationToken)
    {
        if (notes is null || cached?.Metadata.Uid == notes.MigrationUid) return cached;
        return await Client.FindAsync<MachineMigration>(key.Namespace, key.Name, cancellationToken) is { } found && found.Metadata.Uid == notes.MigrationUid ? found : null;
    }

    /// <summary>Whom the machine belongs to now, asked afresh; null when it is gone or not to be seen by this node any more.</summary>
    public async Task<VirtualMachine?> MachineAsync(MoveNotes notes, CancellationToken cancellationToken)
    {
        try
        {
            return await Client.FindAsync<VirtualMachine>(notes.Namespace, notes.Machine, cancellationToken) is { } machine && machine.Metadata.Uid == notes.MachineUid ? machine : null;
        }
        catch (Api.Meta.ApiException refused) when (refused.Code == 403)
        {
            return null;
        }
    }

    public async Task SourceSaysAsync(MachineMigration move, Func<MigrationSourceStatus, MigrationSourceStatus> change, CancellationToken cancellationToken) =>
        await Client.ChangeStatusAsync(move, current => current with { Status = (current.Status ?? new()) with { Source = change(current.Status?.Source ?? new()) } }, cancellationToken);

    public async Task TargetSaysAsync(MachineMigration move, Func<MigrationTargetStatus, MigrationTargetStatus> change, CancellationToken cancellationToken) =>
        await Client.ChangeStatusAsync(move, current => current with { Status = (current.Status ?? new()) with { Target = change(current.Status?.Target ?? new()) } }, cancellationToken);

    /// <summary>Whether the machine belongs to the target.</summary>
    public static bool IsCommitted(MachineMigration? move) => move?.Status?.Conditions.IsTrue(MigrationMarks.Committed) == true;

    public static MoveNotes NotesOf(MachineMigration move, MoveRole role) => new()
    {
        MigrationUid = move.Metadata.Uid!,
        Namespace = move.Metadata.Namespace!,
        Name = move.Metadata.Name!,
        MachineUid = move.Status!.MachineUid ?? throw new MoveException("the move does not say which machine it is about"),
        Machine = move.Spec.Machine,
        Role = role,
        RunGeneration = move.Status.RunGeneration ?? 0,
    };
}
