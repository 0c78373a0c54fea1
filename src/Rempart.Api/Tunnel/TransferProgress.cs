namespace Rempart.Api.Tunnel;

/// <summary>How far a node is with the bytes of an image; sent as a <see cref="FrameChannel.Control"/> frame.</summary>
public sealed record TransferProgress
{
    /// <summary><c>Converting</c> once all bytes are there; null before.</summary>
    public string? Phase { get; init; }

    /// <summary>Bytes that are there.</summary>
    public long? Received { get; init; }

    /// <summary>Bytes that there will be; null while nobody knows.</summary>
    public long? Total { get; init; }
}
