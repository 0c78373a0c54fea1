using System.Text.Json.Serialization;

namespace Rempart.Api.Meta;

/// <summary>What every object of the API has. Documents are JSON; records are typed views on them.</summary>
public abstract record ApiObject
{
    /// <summary>Versioned schema of this object: <c>group/version</c>.</summary>
    [JsonPropertyOrder(-10)]
    public string? ApiVersion { get; init; }

    /// <summary>The kind of this object, in CamelCase.</summary>
    [JsonPropertyOrder(-9)]
    public string? Kind { get; init; }

    /// <summary>Standard object metadata: names, labels, owners, versions.</summary>
    [JsonPropertyOrder(-8)]
    public ObjectMeta Metadata { get; init; } = new();
}
