using Rempart.Api.Meta;

namespace Rempart.Api.Core;

/// <summary>What is in force and what is used.</summary>
public sealed record ResourceQuotaStatus
{
    /// <summary>The limits that <see cref="Used"/> was counted for.</summary>
    public IReadOnlyDictionary<string, Quantity>? Hard { get; init; }

    /// <summary>What the project's objects take of each.</summary>
    public IReadOnlyDictionary<string, Quantity>? Used { get; init; }
}
