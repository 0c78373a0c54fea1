using System.Globalization;
using System.Text.Json;
using Rempart.Node.Volumes;

namespace Rempart.Node.Fetching.Registries;

/// <summary>What a manifest or an index of a registry says, as far as a fetch asks. Pure; its bytes have the digest that was asked for, but a stranger wrote them.</summary>
/// <param name="Next">the manifest to read instead, out of an index; null for a manifest.</param>
/// <param name="Layers">from the lowest up; none for an index.</param>
internal sealed record OciManifest(string? Next, IReadOnlyList<OciLayer> Layers)
{
    /// <summary>Longest document that is read, in bytes.</summary>
    internal const int Most = 1 << 20;

    /// <summary>Most layers, or manifests of an index.</summary>
    internal const int MostEntries = 64;

    /// <summary>Media types of documents that are read.</summary>
    internal const string Accepted = "application/vnd.oci.image.manifest.v1+json, application/vnd.docker.distribution.manifest.v2+json, application/vnd.oci.image.index.v1+json, application/vnd.docker.distribution.manifest.list.v2+json";

    private const int LongestMediaType = 255;
    private static readonly JsonDocumentOptions Strict = new() { MaxDepth = 32, AllowDuplicateProperties = false };

    /// <exception cref="VolumeException">it is neither, or none that can be taken.</exception>
    internal static OciManifest Read(ReadOnlyMemory<byte> json)
    {
        try
        {
            using var document = JsonDocument.Parse(json, Strict);
            var root = document.RootElement;
            return (root.TryGetProperty("manifests", out var manifests), root.TryGetProperty("layers", out var layers)) switch
            {
                (true, false) => new OciManifest(Choose(Entries(manifests, "manifests")), []),
                (false, true) => new OciManifest(null, [.. Entries(layers, "layers").Select(Layer)]),
                // CVE-2021-41190: what is both is one thing to some who read it, and the other to others.
                (true, true) => throw Refused("is a manifest and an index at once"),
                (false, false) => throw Refused("is neither a manifest nor an index that is known here"),
            };
        }
        catch (Exception wrong) when (wrong is JsonException or InvalidOperationException or KeyNotFoundException or FormatException)
        {
            throw new VolumeException(VolumeFault.Refused, "what the registry calls a manifest is none", wrong);
        }
    }

    private static List<JsonElement> Entries(JsonElement list, string what) => list.GetArrayLength() is var count && count <= MostEntries
        ? [.. list.EnumerateArray()]
        : throw Refused(string.Create(CultureInfo.InvariantCulture, $"has {count} {what}, more than {MostEntries}"));

    // One alone may keep its platform to itself; among several it must be named.
    private static string Choose(List<JsonElement> manifests)
    {
        var fitting = manifests.Where(manifest => manifest.TryGetProperty("platform", out var platform)
            ? platform.GetProperty("os").GetString() == "linux" && platform.GetProperty("architecture").GetString() == "amd64"
            : manifests.Count == 1).ToList();
        return fitting is [var one] ? Digest(one) : throw Refused(string.Create(CultureInfo.InvariantCulture, $"has {fitting.Count} manifests for linux/amd64, not one: name one by its own digest"));
    }

    private static OciLayer Layer(JsonElement layer)
    {
        var size = layer.GetProperty("size").GetInt64();
        var mediaType = layer.GetProperty("mediaType").GetString() ?? "";
        if (size < 0 || mediaType.Length > LongestMediaType || mediaType.Any(letter => letter is <= ' ' or >= '\x7f')) throw Refused("has a layer that makes no sense");
        return new OciLayer(Digest(layer), mediaType, size);
    }

    private static string Digest(JsonElement descriptor)
    {
        var digest = descriptor.GetProperty("digest").GetString() ?? "";
        return digest.Length == 71 && digest.StartsWith("sha256:", StringComparison.Ordinal) && digest.Skip(7).All(char.IsAsciiHexDigitLower) ? digest : throw Refused("names something by no SHA-256 digest");
    }

    private static VolumeException Refused(string what) => new(VolumeFault.Refused, $"the artifact {what}");
}
