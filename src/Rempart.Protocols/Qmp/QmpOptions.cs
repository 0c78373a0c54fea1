namespace Rempart.Protocols.Qmp;

/// <summary>Bounds against a hostile or hanging QEMU.</summary>
public sealed record QmpOptions
{
    /// <summary>Longest line accepted, in bytes.</summary>
    public int MaxLineBytes { get; init; } = 1 << 20;

    /// <summary>Deepest JSON accepted.</summary>
    public int MaxDepth { get; init; } = 32;

    /// <summary>Events kept for a reader that does not read; the oldest are dropped.</summary>
    public int MaxEvents { get; init; } = 256;

    /// <summary>Commands without an answer at one time.</summary>
    public int MaxPending { get; init; } = 64;

    /// <summary>How long the greeting and each command may take.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(30);
}
