using System.Text.Json.Serialization;

namespace Rempart.Node.Names;

/// <summary>The names of a project.</summary>
internal sealed record NameProject
{
    [JsonRequired]
    public required string Name { get; init; }

    /// <summary>Addresses by name without the project's: `web`.</summary>
    [JsonRequired]
    public required IReadOnlyDictionary<string, IReadOnlyList<string>> Hosts { get; init; }
}
