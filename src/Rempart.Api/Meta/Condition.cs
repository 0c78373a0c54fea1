namespace Rempart.Api.Meta;

/// <summary>One aspect of an object's state, as last observed (Kubernetes <c>meta/v1 Condition</c>).</summary>
public sealed record Condition
{
    /// <summary>Type of the condition in CamelCase.</summary>
    public required string Type { get; init; }

    /// <summary><c>True</c>, <c>False</c> or <c>Unknown</c>.</summary>
    [OneOf("True", "False", "Unknown")]
    public required string Status { get; init; }

    /// <summary>The <c>metadata.generation</c> that the condition was set for.</summary>
    public long? ObservedGeneration { get; init; }

    /// <summary>When the status last changed from one value to another.</summary>
    public DateTimeOffset? LastTransitionTime { get; init; }

    /// <summary>Why, for programs: one CamelCase word.</summary>
    public string? Reason { get; init; }

    /// <summary>Why, for people: a sentence.</summary>
    public string? Message { get; init; }
}
