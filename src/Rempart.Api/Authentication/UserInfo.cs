namespace Rempart.Api.Authentication;

/// <summary>An authenticated caller.</summary>
public sealed record UserInfo
{
    /// <summary>Name, unique among users.</summary>
    public string? Username { get; init; }

    /// <summary>Unique in time.</summary>
    public string? Uid { get; init; }

    /// <summary>Groups.</summary>
    public IReadOnlyList<string>? Groups { get; init; }

    /// <summary>Further attributes, such as how the caller was authenticated.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<string>>? Extra { get; init; }
}
