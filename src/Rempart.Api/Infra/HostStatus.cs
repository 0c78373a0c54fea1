using Rempart.Api.Meta;

namespace Rempart.Api.Infra;

/// <summary>What a host is made of.</summary>
public sealed record HostStatus
{
    /// <summary>Entries of each of its lists.</summary>
    public const int MostParts = 64;

    /// <summary>Its processors: all of one model.</summary>
    public HostCpu? Cpu { get; init; }

    /// <summary>Memory of the host.</summary>
    public Quantity? Memory { get; init; }

    /// <summary>Memory and processors that are near each other; one on a host without such parts. 64 at most.</summary>
    public IReadOnlyList<HostNumaNode>? NumaNodes { get; init; }

    /// <summary>Network devices that are hardware, in order of their names; 64 at most.</summary>
    public IReadOnlyList<HostNetworkDevice>? NetworkDevices { get; init; }

    /// <summary>Disks, in order of their names; 64 at most.</summary>
    public IReadOnlyList<HostDisk>? Disks { get; init; }

    /// <summary>The planes that the host is on.</summary>
    public IReadOnlyList<HostPlane>? Planes { get; init; }

    /// <summary>Versions of what runs there.</summary>
    public HostVersions? Versions { get; init; }

    /// <summary>The API servers that the agent was told of, and whether its tunnel to each stands.</summary>
    public IReadOnlyList<HostTunnel>? Tunnels { get; init; }

    /// <summary>Storage pools: those that its profile gives a folder and those that it has begun to use, in order of their names; 64 at most, those of the profile first.</summary>
    public IReadOnlyList<HostPool>? Pools { get; init; }

    /// <summary>Physical networks that its profile names, in order of their names.</summary>
    public IReadOnlyList<HostProviderNetwork>? ProviderNetworks { get; init; }

    /// <summary><c>ProfileApplied</c>: whether it is as its profile says, and what differs; observedGeneration is the profile's.</summary>
    [ListPatch("type")]
    public IReadOnlyList<Condition>? Conditions { get; init; }
}
