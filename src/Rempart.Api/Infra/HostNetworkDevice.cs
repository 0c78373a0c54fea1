namespace Rempart.Api.Infra;

/// <summary>A network device of a host.</summary>
public sealed record HostNetworkDevice
{
    /// <summary>Name in the kernel, such as <c>eth0</c>.</summary>
    public required string Name { get; init; }

    /// <summary>Hardware address.</summary>
    public string? Mac { get; init; }

    /// <summary>Driver, such as <c>virtio_net</c>.</summary>
    public string? Driver { get; init; }

    /// <summary>Speed in Mbit/s; absent where the device does not say.</summary>
    public int? SpeedMbps { get; init; }

    /// <summary>Largest packet in bytes.</summary>
    public int? Mtu { get; init; }

    /// <summary>Whether there is a carrier.</summary>
    public bool? Up { get; init; }
}
