namespace Rempart.Protocols.Oci;

/// <summary>Limits of a bundle's cgroup.</summary>
public sealed record OciResources
{
    public required IReadOnlyList<OciDeviceRule> Devices { get; init; }

    public required OciMemory Memory { get; init; }

    public required OciCpu Cpu { get; init; }

    public required OciPids Pids { get; init; }
}
