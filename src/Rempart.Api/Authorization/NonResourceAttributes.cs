namespace Rempart.Api.Authorization;

/// <summary>A request on a path outside resources.</summary>
public sealed record NonResourceAttributes
{
    /// <summary>Path.</summary>
    public string? Path { get; init; }

    /// <summary>Verb.</summary>
    public string? Verb { get; init; }
}
