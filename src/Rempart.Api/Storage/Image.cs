using Rempart.Api.Meta;

namespace Rempart.Api.Storage;

/// <summary>An immutable disk image, kernel or initial RAM disk, known by its digest.</summary>
[ApiKind("storage.rempart.dev", "v1", "images", ClusterScoped = true, ShortNames = ["img"])]
[PrinterColumn("Type", ".spec.type")]
[PrinterColumn("Status", ".status.phase")]
[PrinterColumn("Progress", ".status.progress")]
[PrinterColumn("Size", ".status.size")]
[PrinterColumn("Digest", ".spec.digest", Priority = 1)]
[PrinterColumn("Source", ".spec.source.url", Priority = 1)]
[SelectableField("status.phase")]
public sealed record Image : ApiObject
{
    /// <summary>What the bytes must be. Can't be changed.</summary>
    public required ImageSpec Spec { get; init; }

    /// <summary>Where the bytes are.</summary>
    public ImageStatus? Status { get; init; }
}
