using Rempart.Api.Meta;

namespace Rempart.Api.Compute;

/// <summary>A blank volume that a machine gets besides its root volume.</summary>
public sealed record MachineVolume
{
    /// <summary>Name inside the machine, a DNS label; the Volume is named <c>machine-name</c>. It is the disk's serial in the guest.</summary>
    public required string Name { get; init; }

    /// <summary>Size: 1 MiB to 64 TiB.</summary>
    public required Quantity Size { get; init; }

    /// <summary>StoragePool; the default one when unset.</summary>
    public string? Pool { get; init; }
}
