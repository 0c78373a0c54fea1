using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Rempart.Api;
using Rempart.Api.Client;
using Rempart.Api.Compute;
using Rempart.Api.Meta;
using Rempart.Api.Storage;
using Rempart.Node.Agent;
using Rempart.Node.Machines;
using Rempart.Runtime.Conditions;

namespace Rempart.Node.Migration;

/// <summary>What both ends of a move work with.</summary>
internal sealed record MoveHost(ApiClient Client, ClusterTrust Trust, AgentDrivers Drivers, IMachineMoves Machines, MachineNotesFolder MachineNotes, MoveNotesFolder Notes, string Node, TimeProvider Time)
{
    private const string Plane = "rempart.dev/migration";
    private const int LongestMessage = 1000;

    /// <summary>This host's address on the migration plane: what its Node says, else its address for everything, else its own loopback.</summary>
    public async Task<IPAddress> AddressAsync(CancellationToken cancellationToken)
    {
        var addresses = (await Client.FindAsync<Api.Core.Node>(null, Node, cancellationToken))?.Status?.Addresses ?? [];
        var text = addresses.FirstOrDefault(one => one.Type == Plane)?.Address ?? addresses.FirstOrDefault(one => one.Type == "InternalIP")?.Address;
        return text is null ? IPAddress.Loopback : Parse(text, "this node's address on the migration plane");
    }

    /// <exception cref="MoveException">it is no address.</exception>
    public static IPAddress Parse(string? text, string what) => IPAddress.TryParse(text, out var address) && !address.Equals(IPAddress.Any) && !address.Equals(IPAddress.IPv6Any) ? address : throw new MoveException($"{what} is `{text}`, no IP address");

    /// <summary>Where the other host says that it is. It is not trusted: root's connections go to no place that only this host, or a neighbor on its link, has.</summary>
    /// <exception cref="MoveException">it is no such address.</exception>
    public static IPAddress Peer(string? text, string what, IPAddress own)
    {
        var address = Parse(text, what);
        var isMeantForHosts = address.AddressFamily == AddressFamily.InterNetworkV6
            ? !address.IsIPv4MappedToIPv6 && !address.IsIPv6LinkLocal && !address.IsIPv6Multicast
            : address.GetAddressBytes() is [< 224, _, _, _] and not [0, ..] and not [169, 254, ..];
        if (address.AddressFamily != own.AddressFamily || !isMeantForHosts || (IPAddress.IsLoopback(address) && !IPAddress.IsLoopback(own))) throw new MoveException($"{what} is `{address}`, which no other host has beside `{own}`");
        return address;
    }

    /// <summary>
    /// The machine when the API has it bound to this node, and whether that answer is believed. It is asked for in what may always be asked for: a refusal
    /// or no answer says nothing, and is thrown.
    /// </summary>
    public async Task<(VirtualMachine? Machine, bool IsBelieved)> HoldsAsync(MoveNotes notes, CancellationToken cancellationToken)
    {
        var (answer, believed) = await Trust.AskAsync<VirtualMachine>(new() { FieldSelector = $"status.nodeName={Node}" }, cancellationToken);
        return (answer.Items.FirstOrDefault(machine => machine.Metadata.Uid == notes.MachineUid && machine.Status?.NodeName == Node), believed);
    }

    /// <summary>
    /// Removes everything of a machine from this host, with the data of its volumes that the API does not have here. INVARIANT: the API has said that the machine is
    /// not bound to this node, and is believed.
    /// </summary>
    public async Task RemoveAsync(string machineUid, CancellationToken cancellationToken)
    {
        var noted = MachineNotes.Read(machineUid);
        // A machine that was deleted leaves volumes that are kept; what a move brought, or has taken along, is elsewhere.
        var here = noted.Volumes.Count == 0 ? [] : (await Client.ListAllAsync<Volume>(new() { FieldSelector = $"status.nodeName={Node}" }, cancellationToken)).Items.Select(volume => volume.Metadata.Uid).ToHashSet(StringComparer.Ordinal);
        await Drivers.Machines.DeleteAsync(machineUid, cancellationToken);
        foreach (var port in noted.Ports) await Drivers.Networks.UnbindAsync(port, cancellationToken);
        foreach (var volume in noted.Volumes.Where(volume => !here.Contains(volume)))
        {
            using var turn = await Drivers.VolumeTurns.EnterAsync(volume, cancellationToken);
            await Drivers.Volumes.DeleteAsync(volume, cancellationToken);
        }
        Drivers.Seeds.Delete(machineUid);
        MachineNotes.Delete(machineUid);
    }

    /// <summary>The move that there are notes of; it is asked for afresh when the cache, which may be younger, shows none or another one. Null when it is gone.</summary>
    public async Task<MachineMigration?> MoveAsync(MachineMigration? cached, MoveNotes? notes, CancellationToken cancellationToken) =>
        notes is null || cached?.Metadata.Uid == notes.MigrationUid ? cached : await MoveAsync(notes, cancellationToken);

    /// <summary>The move as it is now, null when it is gone. By name it would be refused then: a node may not ask about what it has nothing to do with any more.</summary>
    public async Task<MachineMigration?> MoveAsync(MoveNotes notes, CancellationToken cancellationToken)
    {
        var mine = await Client.ListAllAsync<MachineMigration>(new() { FieldSelector = $"status.{(notes.Role == MoveRole.Source ? "source" : "target")}Node={Node}" }, cancellationToken);
        return mine.Items.FirstOrDefault(move => move.Metadata.Uid == notes.MigrationUid);
    }

    /// <summary>The machine, wherever it is bound; null when there is none of that uid.</summary>
    public async Task<VirtualMachine?> MachineAsync(MoveNotes notes, CancellationToken cancellationToken) =>
        await Client.FindAsync<VirtualMachine>(notes.Namespace, notes.Machine, cancellationToken) is { } machine && machine.Metadata.Uid == notes.MachineUid ? machine : null;

    /// <returns>the move as it is then; null when it is gone.</returns>
    public async Task<MachineMigration?> SourceSaysAsync(MachineMigration move, Func<MigrationSourceStatus, MigrationSourceStatus> change, CancellationToken cancellationToken) =>
        await Client.ChangeStatusAsync(move, current => current with { Status = (current.Status ?? new()) with { Source = change(current.Status?.Source ?? new()) } }, cancellationToken);

    /// <returns>the move as it is then; null when it is gone.</returns>
    public async Task<MachineMigration?> TargetSaysAsync(MachineMigration move, Func<MigrationTargetStatus, MigrationTargetStatus> change, CancellationToken cancellationToken) =>
        await Client.ChangeStatusAsync(move, current => current with { Status = (current.Status ?? new()) with { Target = change(current.Status?.Target ?? new()) } }, cancellationToken);

    /// <summary>
    /// Says that this end can't go on. Not when the machine belongs to the target or the move is over: then it has to go on. And what was sent is whole, whatever
    /// becomes of where it came from.
    /// </summary>
    public async Task FailAsync(MachineMigration move, MoveRole role, Exception failure, CancellationToken cancellationToken)
    {
        var message = Cut(failure.Message);
        await Client.ChangeStatusAsync(move, current =>
        {
            var status = current.Status ?? new();
            if (MigrationMarks.IsCommitted(current) || MigrationPhase.IsEnded(status.Phase)) return current;
            if (role == MoveRole.Target) return current with { Status = status with { Target = (status.Target ?? new()) with { State = MigrationState.Failed, Message = message } } };
            return status.Source?.State == MigrationState.Sent ? current : current with { Status = status with { Source = (status.Source ?? new()) with { State = MigrationState.Failed, Message = message } } };
        }, cancellationToken);
    }

    /// <summary>A message that the API takes.</summary>
    public static string Cut(string message) => message.Length > LongestMessage ? message[..LongestMessage] : message;

    /// <summary>Asks for the commit of a move once: true when the machine belongs to this node by it, false when the move is over, null when it is to be asked again: an answer can be lost, a commit can't.</summary>
    /// <exception cref="MoveException">it is refused for good.</exception>
    public async Task<bool?> TryCommitAsync(MoveNotes notes, CancellationToken cancellationToken)
    {
        var binding = new MachineBinding
        {
            ApiVersion = KindInfo.Of<VirtualMachine>().ApiVersion,
            Kind = nameof(MachineBinding),
            NodeName = Node,
            Migration = notes.Name,
            MigrationUid = notes.MigrationUid,
            RunGeneration = notes.RunGeneration,
        };
        try
        {
            await Client.SendAsync(HttpMethod.Post, KindInfo.Of<VirtualMachine>().Path(notes.Namespace, notes.Machine, "binding"), JsonSerializer.SerializeToUtf8Bytes(binding, ApiJson.Lenient.GetTypeInfo(typeof(MachineBinding))), null, null, cancellationToken);
            return true;
        }
        catch (ApiException refused) when (refused.Code is >= 400 and < 500 and not 429 and not 408)
        {
            // The move was given up, or says so at the next look.
            var now = await MoveAsync(notes, cancellationToken);
            if (now is null || MigrationPhase.IsEnded(now.Status?.Phase)) return false;
            return refused.Code == 409 ? null : throw new MoveException($"the machine can't be bound here: {refused.Message}", refused);
        }
        catch (Exception failure) when (failure is HttpRequestException or ApiException || (failure is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            // In doubt nothing is taken for done until it is known.
            return null;
        }
    }

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
