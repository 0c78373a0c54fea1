namespace Rempart.Api.Authorization;

/// <summary>Verbs on paths.</summary>
public sealed record NonResourceRule
{
    /// <summary>Verbs.</summary>
    public IReadOnlyList<string> Verbs { get; init; } = [];

    /// <summary>Paths.</summary>
    public IReadOnlyList<string>? NonResourceURLs { get; init; }
}
