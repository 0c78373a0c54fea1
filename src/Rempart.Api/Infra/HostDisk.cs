using Rempart.Api.Meta;

namespace Rempart.Api.Infra;

/// <summary>A disk of a host.</summary>
public sealed record HostDisk
{
    /// <summary>Name in the kernel, such as <c>nvme0n1</c>.</summary>
    public required string Name { get; init; }

    /// <summary>Name as the disk says.</summary>
    public string? Model { get; init; }

    /// <summary>Size.</summary>
    public Quantity? Size { get; init; }

    /// <summary>True for one with turning parts.</summary>
    public bool? Rotational { get; init; }
}
