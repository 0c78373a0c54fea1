namespace Rempart.ApiServer.Registry;

/// <summary>What a write led to.</summary>
/// <param name="Object">The object as it is now, or as it was when it was removed.</param>
internal sealed record WriteOutcome(CachedObject Object)
{
    /// <summary>The object is new.</summary>
    public bool Created { get; init; }

    /// <summary>The object is gone.</summary>
    public bool Removed { get; init; }
}
