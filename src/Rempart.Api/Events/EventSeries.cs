using Rempart.Api.Meta;

namespace Rempart.Api.Events;

/// <summary>The same thing seen again and again.</summary>
public sealed record EventSeries
{
    /// <summary>How often it was seen; at least 2.</summary>
    public int? Count { get; init; }

    /// <summary>When it was last seen.</summary>
    public MicroTime? LastObservedTime { get; init; }
}
