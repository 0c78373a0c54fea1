using System.Text.Json.Serialization;

namespace Rempart.Api.Meta;

/// <summary>A list of objects of one kind.</summary>
/// <typeparam name="T">Kind of the items.</typeparam>
public sealed record ApiList<T>
{
    /// <summary>API version of the list.</summary>
    [JsonPropertyOrder(-10)]
    public string? ApiVersion { get; init; }

    /// <summary>Kind of the list: the item's kind followed by <c>List</c>.</summary>
    [JsonPropertyOrder(-9)]
    public string? Kind { get; init; }

    /// <summary>Version and continuation of the list.</summary>
    public ListMeta Metadata { get; init; } = new();

    /// <summary>The objects.</summary>
    public IReadOnlyList<T> Items { get; init; } = [];
}
