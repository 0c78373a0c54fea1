using System.Collections.Frozen;

namespace Rempart.Policy.Authorization;

/// <summary>Who makes a request, as authenticated.</summary>
public sealed record Caller
{
    /// <summary>Name, such as <c>alice</c>, <c>system:node:host1</c> or <c>system:controller:scheduler</c>.</summary>
    public required string Name { get; init; }

    /// <summary>Unique in time, where the caller is known by more than a name: the uid of a service account.</summary>
    public string? Uid { get; init; }

    /// <summary>Groups; <c>system:authenticated</c> is among them for all but anonymous callers.</summary>
    public IReadOnlyList<string> Groups { get; init; } = [];

    /// <summary>How the caller was authenticated: <c>certificate</c>, <c>bootstrap-token</c>, <c>service-account-token</c> or <c>anonymous</c>.</summary>
    public required string Method { get; init; }

    /// <summary>Serial number of the certificate or id of the token, for the audit trail.</summary>
    public string? Credential { get; init; }

    /// <summary>What else authentication found out, such as the objects that a token is bound to.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<string>> Extra { get; init; } = FrozenDictionary<string, IReadOnlyList<string>>.Empty;

    /// <summary>Name of the user who acts, when the request impersonates another one.</summary>
    public string? ImpersonatedBy { get; init; }

    /// <summary>Host name when the caller is a node's agent, else null.</summary>
    public string? NodeName => Name.StartsWith("system:node:", StringComparison.Ordinal) && Groups.Contains("system:nodes") ? Name["system:node:".Length..] : null;
}
