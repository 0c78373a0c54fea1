namespace Rempart.Api.Meta;

/// <summary>A label key, an operator and values.</summary>
public sealed record LabelSelectorRequirement
{
    /// <summary>The label's key.</summary>
    public required string Key { get; init; }

    /// <summary><c>In</c>, <c>NotIn</c>, <c>Exists</c> or <c>DoesNotExist</c>.</summary>
    public required string Operator { get; init; }

    /// <summary>Values for <c>In</c> and <c>NotIn</c>.</summary>
    public IReadOnlyList<string>? Values { get; init; }
}
