using Rempart.Api.Meta;

namespace Rempart.Api.Infra;

/// <summary>Network devices of a host that are used as one.</summary>
public sealed record HostBond
{
    /// <summary>The mode that needs nothing of the switches that the devices are at.</summary>
    public const string ActiveBackup = "active-backup";

    /// <summary>LACP: the switches must know of it.</summary>
    public const string Lacp = "802.3ad";

    /// <summary>Name of the bond: a device of the kernel, such as <c>bond0</c>.</summary>
    public required string Name { get; init; }

    /// <summary><c>active-backup</c> (default): one device at a time carries all, or <c>802.3ad</c>: LACP, which the switches must be set up for.</summary>
    [OneOf(ActiveBackup, Lacp)]
    public string? Mode { get; init; }

    /// <summary>The devices: 1 to 8, each in one bond. Addresses and routes that one of them has move to the bond.</summary>
    public required IReadOnlyList<string> Devices { get; init; }
}
