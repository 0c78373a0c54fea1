namespace Rempart.Api.Meta;

/// <summary>The object that a Status is about and the causes of a failure.</summary>
public sealed record StatusDetails
{
    /// <summary>Name of the object.</summary>
    public string? Name { get; init; }

    /// <summary>API group of the object.</summary>
    public string? Group { get; init; }

    /// <summary>Kind or resource of the object.</summary>
    public string? Kind { get; init; }

    /// <summary>UID of the object.</summary>
    public string? Uid { get; init; }

    /// <summary>Each wrong field and the rule that it breaks.</summary>
    public IReadOnlyList<StatusCause>? Causes { get; init; }

    /// <summary>Seconds to wait before the request is worth repeating.</summary>
    public int? RetryAfterSeconds { get; init; }
}
