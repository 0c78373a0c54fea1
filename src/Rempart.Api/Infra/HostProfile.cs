using Rempart.Api.Meta;

namespace Rempart.Api.Infra;

/// <summary>
/// What carries the planes, which devices are bonded, where storage pools lie and which physical networks there are, for a group of hosts. Their agents make it so and
/// say where a host differs. Taking it away leaves the hosts' networks as they are.
/// </summary>
[ApiKind("infra.rempart.dev", "v1", "hostprofiles", ShortNames = ["hp"], ClusterScoped = true)]
[PrinterColumn("Hosts", ".status.hosts", Type = "integer", Description = "hosts that it counts for")]
[PrinterColumn("Applied", ".status.applied", Type = "integer", Description = "hosts that are as it says")]
[PrinterColumn("Failed", ".status.failed", Type = "integer", Description = "hosts that are not")]
[PrinterColumn("Message", ".status.message")]
public sealed record HostProfile : ApiObject
{
    /// <summary>What is wanted, and of which hosts.</summary>
    public required HostProfileSpec Spec { get; init; }

    /// <summary>What became of it.</summary>
    public HostProfileStatus? Status { get; init; }
}
