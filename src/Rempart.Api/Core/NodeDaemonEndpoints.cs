namespace Rempart.Api.Core;

/// <summary>Ports of daemons on a host; Rempart's agent listens on none.</summary>
public sealed record NodeDaemonEndpoints
{
    /// <summary>Port of the kubelet, where there is one.</summary>
    public DaemonEndpoint? KubeletEndpoint { get; init; }
}
