using System.Text.Json;
using System.Text.Json.Nodes;

namespace Rempart.Api.Client;

/// <summary>A change to an object.</summary>
/// <param name="ContentType">Says what kind of patch it is.</param>
/// <param name="Body">The patch.</param>
public sealed record ApiPatch(string ContentType, ReadOnlyMemory<byte> Body)
{
    /// <summary>A merge patch (RFC 7396).</summary>
    /// <param name="patch">Members to set; null removes.</param>
    public static ApiPatch Merge(JsonObject patch) => new("application/merge-patch+json", JsonSerializer.SerializeToUtf8Bytes(patch, ApiJson.Strict));

    /// <summary>A server-side apply: whoever applies owns what it names, and gives up what it named before and does not any more.</summary>
    /// <param name="configuration">The whole of what is applied, in JSON.</param>
    public static ApiPatch Apply(ReadOnlyMemory<byte> configuration) => new("application/apply-patch+yaml", configuration);

    /// <summary>A JSON patch (RFC 6902).</summary>
    /// <param name="operations">Array of operations, in UTF-8.</param>
    public static ApiPatch Json(ReadOnlyMemory<byte> operations) => new("application/json-patch+json", operations);
}
