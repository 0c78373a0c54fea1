using System.Net;

namespace Rempart.Controllers.Networking;

/// <summary>All that the northbound database is compiled from.</summary>
internal sealed record FabricState
{
    public required NetworkFabric Fabric { get; init; }

    public IReadOnlyList<FabricNetwork> Networks { get; init; } = [];

    public IReadOnlyList<FabricPort> Ports { get; init; } = [];

    public IReadOnlyList<FabricGroup> Groups { get; init; } = [];

    /// <summary>Hosts that may carry a router's way out.</summary>
    public IReadOnlyList<string> Chassis { get; init; } = [];

    /// <summary>Addresses of hosts: no guest sends anything there.</summary>
    public IReadOnlyList<IPAddress> HostAddresses { get; init; } = [];
}
