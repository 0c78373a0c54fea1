namespace Rempart.Api.Meta;

/// <summary>A term of a field selector.</summary>
public sealed record FieldSelectorRequirement
{
    /// <summary>Path of the field.</summary>
    public required string Key { get; init; }

    /// <summary><c>In</c>, <c>NotIn</c>, <c>Exists</c> or <c>DoesNotExist</c>.</summary>
    public required string Operator { get; init; }

    /// <summary>Values, for the first two.</summary>
    public IReadOnlyList<string>? Values { get; init; }
}
