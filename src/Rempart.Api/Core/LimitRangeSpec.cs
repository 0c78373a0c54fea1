namespace Rempart.Api.Core;

/// <summary>Bounds, one entry for each type of object.</summary>
public sealed record LimitRangeSpec
{
    /// <summary>The entries.</summary>
    public required IReadOnlyList<LimitRangeItem> Limits { get; init; }
}
