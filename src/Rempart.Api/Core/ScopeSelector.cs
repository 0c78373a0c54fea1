using Rempart.Api.Meta;

namespace Rempart.Api.Core;

/// <summary>Scopes that must all match.</summary>
[Atomic]
public sealed record ScopeSelector
{
    /// <summary>One requirement each.</summary>
    public IReadOnlyList<ScopedResourceSelectorRequirement>? MatchExpressions { get; init; }
}
