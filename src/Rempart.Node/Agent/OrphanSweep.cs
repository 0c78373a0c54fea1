using System.Globalization;
using Microsoft.Extensions.Logging;
using Rempart.Api.Client;
using Rempart.Api.Compute;
using Rempart.Api.Core;
using Rempart.Node.Migration;
using Rempart.Runtime.Conditions;

namespace Rempart.Node.Agent;

/// <summary>
/// Ends what runs here for machines that are gone from the API or bound elsewhere. An API that can't be reached says nothing: only two
/// complete answers to fresh questions, a minute apart, that lack a machine condemn it; and only when they come from the cluster that
/// this node joined. After a loss or a restoration of the store (<see cref="ClusterMark"/>) everything runs on and the Node says so in
/// its condition <c>MachinesKept</c>, until the node joins anew with a token: that is the operator's word that the cluster holds.
/// </summary>
internal sealed partial class OrphanSweep(ApiClient client, AgentDrivers drivers, MachineNotesFolder notes, MoveNotesFolder moves, ClusterMarkFile cluster, string node, TimeProvider time, ILogger logger)
{
    private const string Kept = "MachinesKept";

    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);

    // When each machine was first lacking; forgotten when the agent restarts, which only delays an end.
    private readonly Dictionary<string, DateTimeOffset> _lacking = new(StringComparer.Ordinal);

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                await SweepAsync(cancellationToken);
            }
            catch (Exception failure) when (failure is not System.Diagnostics.UnreachableException && !cancellationToken.IsCancellationRequested)
            {
                LogFailure(failure);
            }
            await Task.Delay(Interval, time, cancellationToken);
        }
    }

    internal async Task SweepAsync(CancellationToken cancellationToken)
    {
        // What is here is listed first: a machine that comes between the two questions is in the answer, not among the condemned.
        var here = (await drivers.Machines.ListAsync(cancellationToken)).Concat(notes.Uids).ToHashSet(StringComparer.Ordinal);
        var answer = await client.ListAllAsync<VirtualMachine>(new ListQuery { FieldSelector = $"status.nodeName={node}" }, cancellationToken);
        var mine = answer.Items.Where(machine => machine.Status?.NodeName == node).Select(machine => machine.Metadata.Uid!).ToHashSet(StringComparer.Ordinal);
        var believed = await IsBelievedAsync(answer.Metadata.ResourceVersion, cancellationToken);
        var now = time.GetUtcNow();
        foreach (var known in _lacking.Keys.Where(uid => mine.Contains(uid) || !here.Contains(uid)).ToList()) _lacking.Remove(known);
        foreach (var uid in here.Where(uid => !mine.Contains(uid) && !moves.Holds(uid)))
        {
            if (!believed || !_lacking.TryGetValue(uid, out var since) || now - since < Interval)
            {
                _lacking.TryAdd(uid, now);
                continue;
            }
            LogOrphan(uid);
            foreach (var port in notes.Read(uid).Ports) await drivers.Networks.UnbindAsync(port, cancellationToken);
            await drivers.Machines.DeleteAsync(uid, cancellationToken);
            drivers.Seeds.Delete(uid);
            notes.Delete(uid);
        }
    }

    private async Task<bool> IsBelievedAsync(string? version, CancellationToken cancellationToken)
    {
        // A cluster that does not know this node yet, or not any more, has no say over its machines.
        if (await client.FindAsync<Api.Core.Node>(null, node, cancellationToken) is not { } known) return false;
        // What it joined is remembered by the reporter, which has not come to it yet.
        if (cluster.Read() is not { } before) return false;
        var mark = ClusterMark.Next(before, known.Metadata.Uid!, long.TryParse(version, NumberStyles.None, CultureInfo.InvariantCulture, out var revision) ? revision : null);
        if (mark != before) cluster.Write(mark);
        if (mark.Doubt is { } doubt) LogDoubt(doubt);
        await client.ChangeStatusAsync(known, current => current with { Status = Told(current.Status ?? new(), mark.Doubt) }, cancellationToken);
        return mark.Doubt is null;
    }

    private NodeStatus Told(NodeStatus status, string? doubt)
    {
        var others = status.Conditions?.Where(condition => condition.Type != Kept).ToList() ?? [];
        var old = status.Conditions?.FirstOrDefault(condition => condition.Type == Kept);
        if (doubt is null) return old is null ? status : status with { Conditions = others };
        var message = $"{doubt}; machines that it does not know run on. Restore the store, or join this node anew with a token to give them up";
        if (old?.Message == message) return status;
        return status with
        {
            Conditions = [.. others, new NodeCondition { Type = Kept, Status = "True", Reason = "ClusterChanged", Message = message, LastHeartbeatTime = time.GetUtcNow(), LastTransitionTime = time.GetUtcNow() }],
        };
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "machine {Uid} is not this node's any more, removing what it has here")]
    private partial void LogOrphan(string uid);

    [LoggerMessage(Level = LogLevel.Warning, Message = "looking for what belongs to no machine failed, trying again")]
    private partial void LogFailure(Exception failure);

    [LoggerMessage(Level = LogLevel.Error, Message = "no machine is ended here: {Doubt}; restore the store, or join this node anew with a token to give up machines that it does not know")]
    private partial void LogDoubt(string doubt);
}
