using Rempart.Api.Meta;

namespace Rempart.Api.Storage;

/// <summary>A disk of a machine.</summary>
[ApiKind("storage.rempart.dev", "v1", "volumes", ShortNames = ["vol"])]
[PrinterColumn("Status", ".status.phase")]
[PrinterColumn("Size", ".status.size")]
[PrinterColumn("Pool", ".status.pool", Description = "where the data are")]
[PrinterColumn("Used", ".status.used", Priority = 1)]
[PrinterColumn("Node", ".status.nodeName", Priority = 1)]
[PrinterColumn("Image", ".spec.source.image", Priority = 1)]
[SelectableField("status.nodeName")]
[SelectableField("status.phase")]
public sealed record Volume : ApiObject
{
    /// <summary>What is wanted.</summary>
    public required VolumeSpec Spec { get; init; }

    /// <summary>What the node observes.</summary>
    public VolumeStatus? Status { get; init; }
}
