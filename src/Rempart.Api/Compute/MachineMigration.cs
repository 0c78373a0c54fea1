using Rempart.Api.Meta;

namespace Rempart.Api.Compute;

/// <summary>One move of a running machine to another host, without ending it, or of its disks to other pools, or of both. A machine has one active move at most.</summary>
[ApiKind("compute.rempart.dev", "v1", "machinemigrations", ShortNames = ["mm"])]
[PrinterColumn("Machine", ".spec.machine")]
[PrinterColumn("Status", ".status.phase")]
[PrinterColumn("From", ".status.sourceNode")]
[PrinterColumn("To", ".status.targetNode")]
[PrinterColumn("Remaining", ".status.source.progress.remainingBytes", Type = "integer", Description = "bytes of memory that are still to be sent")]
[PrinterColumn("Downtime", ".status.source.downtimeMilliseconds", Type = "integer", Description = "milliseconds for which the guest stood still")]
[PrinterColumn("Reason", ".status.reason", Priority = 1)]
[SelectableField("spec.machine")]
[SelectableField("status.sourceNode")]
[SelectableField("status.targetNode")]
[SelectableField("status.phase")]
public sealed record MachineMigration : ApiObject
{
    /// <summary>What is to be moved where.</summary>
    public required MachineMigrationSpec Spec { get; init; }

    /// <summary>How far it is.</summary>
    public MachineMigrationStatus? Status { get; init; }
}
