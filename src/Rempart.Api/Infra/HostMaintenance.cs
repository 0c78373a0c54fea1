using Rempart.Api.Meta;

namespace Rempart.Api.Infra;

/// <summary>A host that is in maintenance for as long as this is there: it takes nothing new, and its machines move away. Named like its Node; deleting it ends the maintenance.</summary>
[ApiKind("infra.rempart.dev", "v1", "hostmaintenances", ShortNames = ["hm"], ClusterScoped = true)]
[PrinterColumn("Status", ".status.phase")]
[PrinterColumn("Left", ".status.machinesLeft", Type = "integer", Description = "machines that run there still")]
[PrinterColumn("Moving", ".status.machinesMoving", Type = "integer")]
[PrinterColumn("Message", ".status.message")]
[SelectableField("status.phase")]
public sealed record HostMaintenance : ApiObject
{
    /// <summary>How the host is emptied.</summary>
    public required HostMaintenanceSpec Spec { get; init; }

    /// <summary>How far it is.</summary>
    public HostMaintenanceStatus? Status { get; init; }
}
