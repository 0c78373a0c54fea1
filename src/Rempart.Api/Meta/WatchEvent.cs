using System.Text.Json;

namespace Rempart.Api.Meta;

/// <summary>One line of a watch.</summary>
public sealed record WatchEvent
{
    /// <summary><c>ADDED</c>, <c>MODIFIED</c>, <c>DELETED</c>, <c>BOOKMARK</c> or <c>ERROR</c>.</summary>
    public required string Type { get; init; }

    /// <summary>The object, or a Status for <c>ERROR</c>.</summary>
    public required JsonElement Object { get; init; }
}
