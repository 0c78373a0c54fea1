using Rempart.Api.Meta;

namespace Rempart.Api.Core;

/// <summary>State of a namespace.</summary>
public sealed record NamespaceStatus
{
    /// <summary><c>Active</c> or <c>Terminating</c>.</summary>
    [OneOf("Active", "Terminating")]
    public string? Phase { get; init; }

    /// <summary>What a deletion waits for.</summary>
    [ListPatch("type")]
    public IReadOnlyList<Condition>? Conditions { get; init; }
}
