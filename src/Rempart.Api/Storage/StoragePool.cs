using Rempart.Api.Meta;

namespace Rempart.Api.Storage;

/// <summary>A place for volumes and images.</summary>
[ApiKind("storage.rempart.dev", "v1", "storagepools", ClusterScoped = true, ShortNames = ["pool"])]
[PrinterColumn("Type", ".spec.type")]
[PrinterColumn("Capacity", ".status.capacity")]
[PrinterColumn("Available", ".status.available")]
public sealed record StoragePool : ApiObject
{
    /// <summary>The pool that every cluster begins with, and of volumes whose status names none. It lies beside each host's agent, with the images.</summary>
    public const string Home = "local";

    /// <summary>What kind of place it is.</summary>
    public required StoragePoolSpec Spec { get; init; }

    /// <summary>Capacity and state.</summary>
    public StoragePoolStatus? Status { get; init; }
}
