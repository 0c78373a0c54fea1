using System.Text.Json.Serialization;

namespace Rempart.Api.Authentication;

/// <summary>An object with which a token ends.</summary>
public sealed record BoundObjectReference
{
    /// <summary><c>Secret</c>, <c>Node</c> or <c>Pod</c>.</summary>
    public string? Kind { get; init; }

    /// <summary>Its API version, <c>v1</c>.</summary>
    public string? ApiVersion { get; init; }

    /// <summary>Its name; in the service account's project where the kind lives in projects.</summary>
    public string? Name { get; init; }

    /// <summary>Its uid; that of the present object when empty.</summary>
    [JsonPropertyName("uid")]
    public string? Uid { get; init; }
}
