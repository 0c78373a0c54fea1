namespace Rempart.Api.Authorization;

/// <summary>Who wants to do what.</summary>
public sealed record SubjectAccessReviewSpec
{
    /// <summary>On a resource.</summary>
    public ResourceAttributes? ResourceAttributes { get; init; }

    /// <summary>On a path outside resources.</summary>
    public NonResourceAttributes? NonResourceAttributes { get; init; }

    /// <summary>The user's name.</summary>
    public string? User { get; init; }

    /// <summary>The user's groups.</summary>
    public IReadOnlyList<string>? Groups { get; init; }

    /// <summary>Further attributes of the user.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<string>>? Extra { get; init; }

    /// <summary>The user's UID.</summary>
    public string? Uid { get; init; }
}
