using Rempart.Api.Compute;
using Rempart.Api.Core;
using Rempart.Api.Infra;
using Rempart.Api.Meta;
using Rempart.Api.Networking;
using Rempart.Policy.Placement;

namespace Rempart.Policy.Simulation;

/// <summary>Makes a simulation of a real cluster's objects.</summary>
public static class ClusterReplay
{
    /// <summary>Places the machines of a cluster anew, in the order of <see cref="WaitingOrder"/>.</summary>
    /// <param name="objects">Nodes, VirtualMachines, PlacementRules, HostClusters, Hosts and Networks; others are left out.</param>
    /// <param name="keep">True to leave machines that are on a host where they are.</param>
    public static SimulatedCluster Of(IReadOnlyList<ApiObject> objects, bool keep)
    {
        ArgumentNullException.ThrowIfNull(objects);
        var machines = objects.OfType<VirtualMachine>().Where(machine => machine.Metadata is { Name: not null, Namespace: not null }).DistinctBy(machine => (machine.Metadata.Namespace, machine.Metadata.Name)).ToList();
        return new SimulatedCluster
        {
            Nodes = [.. objects.OfType<Node>().Where(node => node.Metadata.Name is not null).DistinctBy(node => node.Metadata.Name)],
            Clusters = [.. objects.OfType<HostCluster>().Where(cluster => cluster.Metadata.Name is not null).DistinctBy(cluster => cluster.Metadata.Name)],
            Hosts = [.. objects.OfType<Host>().Where(host => host.Metadata.Name is not null).DistinctBy(host => host.Metadata.Name)],
            Networks = [.. objects.OfType<Network>().Where(network => network.Metadata is { Name: not null, Namespace: not null }).DistinctBy(network => (network.Metadata.Namespace, network.Metadata.Name))],
            Rules = [.. objects.OfType<PlacementRule>().Where(rule => rule.Metadata is { Name: not null, Namespace: not null }).DistinctBy(rule => (rule.Metadata.Namespace, rule.Metadata.Name))],
            Standing = keep ? [.. machines.Where(machine => machine.Status?.NodeName is not null)] : [],
            Events = [.. WaitingOrder.Of(machines.Where(machine => !keep || machine.Status?.NodeName is null)).Select(machine => new SimulationEvent.Arrival(machine with { Status = (machine.Status ?? new()) with { NodeName = null } }))],
        };
    }
}
