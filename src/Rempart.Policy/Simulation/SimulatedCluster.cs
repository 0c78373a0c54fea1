using Rempart.Api.Compute;
using Rempart.Api.Core;
using Rempart.Api.Infra;
using Rempart.Api.Networking;

namespace Rempart.Policy.Simulation;

/// <summary>What a simulation begins with: generated, or read from a real cluster.</summary>
public sealed record SimulatedCluster
{
    /// <summary>Hosts.</summary>
    public required IReadOnlyList<Node> Nodes { get; init; }

    /// <summary>Host clusters, for their overcommit.</summary>
    public IReadOnlyList<HostCluster> Clusters { get; init; } = [];

    /// <summary>What hosts say of their pools and physical networks; when there are none, networks are not simulated.</summary>
    public IReadOnlyList<Host> Hosts { get; init; } = [];

    /// <summary>Networks.</summary>
    public IReadOnlyList<Network> Networks { get; init; } = [];

    /// <summary>Rules.</summary>
    public IReadOnlyList<PlacementRule> Rules { get; init; } = [];

    /// <summary>Machines that are on hosts already.</summary>
    public IReadOnlyList<VirtualMachine> Standing { get; init; } = [];

    /// <summary>What happens, in order.</summary>
    public required IEnumerable<SimulationEvent> Events { get; init; }
}
