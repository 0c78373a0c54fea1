using Microsoft.Extensions.Logging;
using Rempart.Api.Client;
using Rempart.Api.Compute;

namespace Rempart.Node.Agent;

/// <summary>
/// Ends what runs here for machines that are gone from the API or bound elsewhere. An API that can't be reached says nothing:
/// only a complete answer to a fresh question that lacks a machine condemns it.
/// </summary>
internal sealed partial class OrphanSweep(ApiClient client, AgentDrivers drivers, MachineNotesFolder notes, string node, TimeProvider time, ILogger logger)
{
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);

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
        if (here.Count == 0) return;
        var answer = await client.ListAllAsync<VirtualMachine>(new ListQuery { FieldSelector = $"status.nodeName={node}" }, cancellationToken);
        var mine = answer.Items.Where(machine => machine.Status?.NodeName == node).Select(machine => machine.Metadata.Uid!).ToHashSet(StringComparer.Ordinal);
        foreach (var uid in here.Where(uid => !mine.Contains(uid)))
        {
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
