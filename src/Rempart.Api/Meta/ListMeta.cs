using System.Text.Json;

namespace Rempart.Api.Meta;

/// <summary>Metadata of a list.</summary>
public sealed record ListMeta
{
    /// <summary>Version of the store that the list shows; watches begin after it.</summary>
    public string? ResourceVersion { get; init; }

    /// <summary>Token for the next part of a list that was limited.</summary>
    public string? Continue { get; init; }

    /// <summary>How many items are left after this part, when known.</summary>
    public long? RemainingItemCount { get; init; }

    /// <summary>Deprecated, never set.</summary>
    public string? SelfLink { get; init; }

    /// <summary>The part of the objects that a list was asked for; never set by this server.</summary>
    public JsonElement? ShardInfo { get; init; }
}
