using System.Text.Json.Serialization;

namespace Rempart.ApiServer.ServiceAccounts;

/// <summary>The objects with which a token ends.</summary>
internal sealed record TokenObjects
{
    /// <summary>The project.</summary>
    public required string Namespace { get; init; }

    /// <summary>The account.</summary>
    [JsonPropertyName("serviceaccount")]
    public required TokenObject ServiceAccount { get; init; }

    /// <summary>A Secret of the project.</summary>
    public TokenObject? Secret { get; init; }

    /// <summary>A Pod of the project.</summary>
    public TokenObject? Pod { get; init; }

    /// <summary>A Node.</summary>
    public TokenObject? Node { get; init; }
}
