using Microsoft.Extensions.Logging;
using Rempart.Api.Client;
using Rempart.Api.Coordination;
using Rempart.Api.Core;
using Rempart.Api.Meta;
using Rempart.Api.Versions;
using Rempart.Node.Hosts;
using Rempart.Node.Machines;
using Rempart.Node.Volumes;
using Rempart.Runtime.Conditions;

namespace Rempart.Node.Agent;

/// <summary>Tells the API of this node: a sign of life every 10 s, its state when it changes and every few minutes.</summary>
internal sealed partial class NodeReporter(ApiClient client, AgentDrivers drivers, AcceleratorChoice accelerator, HostFacts facts, ClusterMarkFile cluster, string node, TimeProvider time, ILogger logger)
{
    private const string LeaseNamespace = "kube-node-lease";
    private const int LeaseSeconds = 40;

    private static readonly TimeSpan Beat = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Heartbeat = TimeSpan.FromMinutes(5);

    /// <summary>Where the host is reached by others.</summary>
    public Func<PlaneAddresses> Planes { get; init; } = () => PlaneAddresses.None;

    /// <summary>Reports until cancelled; an API that can't be reached is tried again at the next beat.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                await ReportAsync(cancellationToken);
                await RenewAsync(cancellationToken);
            }
            // No later beat will be taken either. Machines go on; who starts agents starts this one again, and its log says each time what to do.
            catch (ApiException apart) when (apart.Status.Details?.Causes?.Any(cause => cause.Reason == VersionSkew.Reason) == true)
            {
                throw new AgentException(apart.Message, apart);
            }
            catch (Exception failure) when (failure is ApiException or IOException)
            {
                LogFailure(failure.Message);
            }
            await Task.Delay(Beat, time, cancellationToken);
        }
    }

    private async Task RenewAsync(CancellationToken cancellationToken)
    {
        var now = new MicroTime(time.GetUtcNow());
        if (await client.FindAsync<Lease>(LeaseNamespace, node, cancellationToken) is { } lease)
        {
            await client.UpdateAsync(lease with { Spec = (lease.Spec ?? new()) with { HolderIdentity = node, LeaseDurationSeconds = LeaseSeconds, RenewTime = now } }, cancellationToken);
            return;
        }
        await client.CreateAsync(new Lease
        {
            Metadata = new() { Namespace = LeaseNamespace, Name = node },
            Spec = new() { HolderIdentity = node, LeaseDurationSeconds = LeaseSeconds, AcquireTime = now, RenewTime = now },
        }, cancellationToken);
    }

    private async Task ReportAsync(CancellationToken cancellationToken)
    {
        var known = await client.FindAsync<Api.Core.Node>(null, node, cancellationToken) ?? await client.CreateAsync(new Api.Core.Node
        {
            Metadata = new() { Name = node, Labels = new Dictionary<string, string> { ["kubernetes.io/hostname"] = node, ["kubernetes.io/os"] = "linux", ["kubernetes.io/arch"] = "amd64" } },
        }, cancellationToken);
        // Before it is ready, so before a machine can be bound here: a store that is lost in the node's first minute is noticed too.
        if (cluster.Read() is null) cluster.Write(ClusterMark.Next(null, known.Metadata.Uid!, null));
        var network = await NetworkAsync(cancellationToken);
        var hasRoom = PoolFolder.RoomOf(await drivers.Volumes.Of(PoolFolders.HomeName).SpaceAsync(cancellationToken)) > 0;
        await client.ChangeStatusAsync(known, current => current with { Status = Status(current.Status ?? new(), network, hasRoom) }, cancellationToken);
    }

    private NodeStatus Status(NodeStatus old, (bool Ready, string Message) network, bool hasRoom)
    {
        var (capacity, allocatable) = facts.Resources();
        NodeCondition[] conditions =
        [
            Condition(old, "Ready", network.Ready, network.Ready ? "AgentReady" : "NetworkNotReady", network.Ready ? "the agent is ready" : network.Message),
            Condition(old, "NetworkReady", network.Ready, network.Ready ? "SwitchAnswers" : "SwitchSilent", network.Message),
            // Kubernetes' name for it: clients and alerts know it.
            Condition(old, "DiskPressure", !hasRoom, hasRoom ? "PoolHasRoom" : "PoolIsFull", hasRoom ? "the pool has room" : "the pool's disk has only what is kept for running machines: no volume or image is taken any more; delete some, or make the file system larger"),
            Condition(old, "HardwareAcceleration", accelerator.Accelerator == Accelerator.Kvm, accelerator.Accelerator.ToString(), accelerator.Reason),
        ];
        return old with
        {
            Capacity = capacity,
            Allocatable = allocatable,
            NodeInfo = facts.Info,
            Addresses = Planes().Addresses(node),
            Conditions = [.. conditions, .. old.Conditions?.Where(other => conditions.All(mine => mine.Type != other.Type)) ?? []],
        };
    }

    // Heartbeats move only now and then: a status that says the same must not be written each time.
    private NodeCondition Condition(NodeStatus status, string type, bool holds, string reason, string message)
    {
        var old = status.Conditions?.FirstOrDefault(condition => condition.Type == type);
        var (word, now) = (holds ? "True" : "False", time.GetUtcNow());
        var same = old is not null && old.Status == word && old.Reason == reason && old.Message == message;
        if (same && now - old!.LastHeartbeatTime < Heartbeat) return old;
        return new NodeCondition { Type = type, Status = word, Reason = reason, Message = message, LastHeartbeatTime = now, LastTransitionTime = old?.Status == word ? old.LastTransitionTime : now };
    }

    private async Task<(bool Ready, string Message)> NetworkAsync(CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(5), time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            await drivers.Networks.ListAsync(either.Token);
            return (true, "the switch answers");
        }
        catch (Exception failure) when (!cancellationToken.IsCancellationRequested && failure is not System.Diagnostics.UnreachableException)
        {
            return (false, $"the switch does not answer: {failure.Message}");
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "the node could not be reported, trying again: {Failure}")]
    private partial void LogFailure(string failure);
}
