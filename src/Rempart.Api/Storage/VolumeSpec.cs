using Rempart.Api.Meta;

namespace Rempart.Api.Storage;

/// <summary>What is wanted of a volume.</summary>
public sealed record VolumeSpec
{
    /// <summary>StoragePool to be made in; the default one when unset. Can't be changed: a MachineMigration moves a volume, and <c>status.pool</c> says where it is.</summary>
    public string? Pool { get; init; }

    /// <summary>Size; the image's size when unset and there is an image. Can't shrink.</summary>
    public Quantity? Size { get; init; }

    /// <summary>What the volume begins with; blank when unset. Can't be changed.</summary>
    public VolumeSource? Source { get; init; }
}
