using Rempart.Api.Meta;

namespace Rempart.Api.Storage;

/// <summary>What the node observes of a volume. Written by the node of its first consumer.</summary>
public sealed record VolumeStatus
{
    /// <summary><c>Pending</c> (no consumer yet), <c>Ready</c> or <c>Failed</c>.</summary>
    [OneOf("Pending", "Ready", "Failed")]
    public string? Phase { get; init; }

    /// <summary>The node that holds the data.</summary>
    public string? NodeName { get; init; }

    /// <summary>
    /// The StoragePool that the data are in. Written by the node when it makes the volume, and by the server with the commit of a move. Later than
    /// <c>spec.pool</c>, which says what was asked for when the volume was made and moves nothing.
    /// </summary>
    public string? Pool { get; init; }

    /// <summary>Size as the guest sees it.</summary>
    public Quantity? Size { get; init; }

    /// <summary>
    /// Bytes that its own data take in the pool, without the image below it. Written by the node about once a minute, when it has changed by a hundredth of the size and 64Mi
    /// at least: what a move of the volume has to copy.
    /// </summary>
    public Quantity? Used { get; init; }

    /// <summary>The metadata.generation last acted on.</summary>
    public long? ObservedGeneration { get; init; }

    /// <summary><c>Ready</c>.</summary>
    [ListPatch("type")]
    public IReadOnlyList<Condition>? Conditions { get; init; }
}
