using System.Text.Json;

namespace Rempart.Api.Core;

/// <summary>Versions of what runs on a host.</summary>
public sealed record NodeSystemInfo
{
    /// <summary>Machine id.</summary>
    public string? MachineID { get; init; }

    /// <summary>System UUID.</summary>
    public string? SystemUUID { get; init; }

    /// <summary>Id of this boot.</summary>
    public string? BootID { get; init; }

    /// <summary>Kernel's version.</summary>
    public string? KernelVersion { get; init; }

    /// <summary>Operating system with its version.</summary>
    public string? OsImage { get; init; }

    /// <summary>Runtime of workloads with its version, such as <c>qemu://7.2.19</c>.</summary>
    public string? ContainerRuntimeVersion { get; init; }

    /// <summary>Agent's version.</summary>
    public string? KubeletVersion { get; init; }

    /// <summary>Deprecated.</summary>
    public string? KubeProxyVersion { get; init; }

    /// <summary><c>linux</c>.</summary>
    public string? OperatingSystem { get; init; }

    /// <summary><c>amd64</c>.</summary>
    public string? Architecture { get; init; }

    /// <summary>Swap of the host.</summary>
    public JsonElement? Swap { get; init; }
}
