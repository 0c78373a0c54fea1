namespace Rempart.ApiServer.Validation;

/// <summary>A field of an object.</summary>
internal sealed record SchemaField
{
    /// <summary>Name in the document.</summary>
    public required string Name { get; init; }

    /// <summary>Rules of its value.</summary>
    public required Schema Schema { get; init; }

    /// <summary>What it is for, for people.</summary>
    public string Description { get; init; } = "";

    /// <summary>The only values that it may have; empty when it is not a closed set.</summary>
    public IReadOnlyList<string> OneOf { get; init; } = [];

    /// <summary>True when the object is invalid without it.</summary>
    public bool Required { get; init; }

    /// <summary>True for a list that a strategic merge patch merges instead of replacing it.</summary>
    public bool MergesList { get; init; }

    /// <summary>Field that tells the items of a merged list apart; null for lists of plain values.</summary>
    public string? MergeKey { get; init; }

    /// <summary>True when the field's patch strategy includes <c>retainKeys</c>.</summary>
    public bool RetainKeys { get; init; }
}
