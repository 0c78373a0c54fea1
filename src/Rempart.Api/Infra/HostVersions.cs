namespace Rempart.Api.Infra;

/// <summary>Versions of what runs on a host; what is not there is absent.</summary>
public sealed record HostVersions
{
    /// <summary>Rempart's agent.</summary>
    public string? Agent { get; init; }

    /// <summary>The kernel.</summary>
    public string? Kernel { get; init; }

    /// <summary>QEMU, as machines that start now get it.</summary>
    public string? Qemu { get; init; }

    /// <summary>Open vSwitch.</summary>
    public string? OpenVSwitch { get; init; }

    /// <summary>OVN.</summary>
    public string? Ovn { get; init; }
}
