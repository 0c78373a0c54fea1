using Microsoft.Extensions.Logging;
using Rempart.Api.Client;
using Rempart.Api.Compute;
using Rempart.Node.Migration;

namespace Rempart.Node.Agent;

/// <summary>
/// Ends what runs here for machines that are gone from the API or bound elsewhere. An API that can't be reached says nothing: only two
/// complete answers to fresh questions, a minute apart, that lack a machine condemn it; and only when they come from the cluster that
/// this node joined. After a loss or a restoration of the store (<see cref="ClusterTrust"/>) everything runs on and the Node says so, until the node joins anew with a token: that is the operator's word that the cluster holds.
/// </summary>
internal sealed partial class OrphanSweep(ClusterTrust cluster, AgentDrivers drivers, MachineNotesFolder notes, MoveNotesFolder moves, string node, TimeProvider time, ILogger logger)
{
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
        var (answer, believed) = await cluster.AskAsync<VirtualMachine>(new ListQuery { FieldSelector = $"status.nodeName={node}" }, cancellationToken);
        var mine = answer.Items.Where(machine => machine.Status?.NodeName == node).Select(machine => machine.Metadata.Uid!).ToHashSet(StringComparer.Ordinal);
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

    [LoggerMessage(Level = LogLevel.Warning, Message = "machine {Uid} is not this node's any more, removing what it has here")]
    private partial void LogOrphan(string uid);

    [LoggerMessage(Level = LogLevel.Warning, Message = "looking for what belongs to no machine failed, trying again")]
    private partial void LogFailure(Exception failure);
}
