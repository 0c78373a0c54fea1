using Rempart.Api.Meta;

namespace Rempart.Api.Core;

/// <summary>Repeated events told as one.</summary>
public sealed record EventSeries
{
    /// <summary>How many so far.</summary>
    public int? Count { get; init; }

    /// <summary>When last.</summary>
    public MicroTime? LastObservedTime { get; init; }
}
