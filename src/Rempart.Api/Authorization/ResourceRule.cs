namespace Rempart.Api.Authorization;

/// <summary>Verbs on resources.</summary>
public sealed record ResourceRule
{
    /// <summary>Verbs.</summary>
    public IReadOnlyList<string> Verbs { get; init; } = [];

    /// <summary>API groups.</summary>
    public IReadOnlyList<string>? ApiGroups { get; init; }

    /// <summary>Resources.</summary>
    public IReadOnlyList<string>? Resources { get; init; }

    /// <summary>Names; none means all.</summary>
    public IReadOnlyList<string>? ResourceNames { get; init; }
}
