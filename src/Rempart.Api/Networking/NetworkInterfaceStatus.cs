using Rempart.Api.Meta;

namespace Rempart.Api.Networking;

/// <summary>What is allocated to an interface and observed of it. Written by the network controller, but for what says otherwise.</summary>
public sealed record NetworkInterfaceStatus
{
    /// <summary>MAC address.</summary>
    public string? Mac { get; init; }

    /// <summary>Addresses.</summary>
    public IReadOnlyList<InterfaceAddress>? Addresses { get; init; }

    /// <summary>Name of the logical port: the interface's UID.</summary>
    public string? PortName { get; init; }

    /// <summary>Largest packet in bytes.</summary>
    public int? Mtu { get; init; }

    /// <summary>The metadata.generation last acted on.</summary>
    public long? ObservedGeneration { get; init; }

    /// <summary><c>Allocated</c> and <c>Ready</c> (network controller: the port is in the network), <c>Bound</c> (node: the port is plugged on the host).</summary>
    [ListPatch("type")]
    public IReadOnlyList<Condition>? Conditions { get; init; }
}
