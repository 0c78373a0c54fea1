namespace Rempart.Api.Core;

/// <summary>A scope, an operator and values.</summary>
public sealed record ScopedResourceSelectorRequirement
{
    /// <summary>Name of the scope.</summary>
    public required string ScopeName { get; init; }

    /// <summary><c>In</c>, <c>NotIn</c>, <c>Exists</c> or <c>DoesNotExist</c>.</summary>
    public required string Operator { get; init; }

    /// <summary>Values for <c>In</c> and <c>NotIn</c>.</summary>
    public IReadOnlyList<string>? Values { get; init; }
}
