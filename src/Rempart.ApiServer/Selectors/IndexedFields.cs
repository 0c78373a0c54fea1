using System.Collections.Concurrent;
using System.Collections.Frozen;
using System.Text.Json;
using Rempart.Api;
using Rempart.Api.Meta;

namespace Rempart.ApiServer.Selectors;

/// <summary>What selectors ask of an object, read once from its bytes and kept beside them in the watch cache.</summary>
internal sealed class IndexedFields
{
    private static readonly ConcurrentDictionary<KindInfo, string[]> Names = new(ReferenceEqualityComparer.Instance);
    private static readonly ConcurrentDictionary<KindInfo, string[]> Paths = new(ReferenceEqualityComparer.Instance);
    private static readonly ConcurrentDictionary<KindInfo, string[]> Missing = new(ReferenceEqualityComparer.Instance);

    private IndexedFields(IReadOnlyDictionary<string, string> labels, string[] values) => (Labels, Values) = (labels, values);

    /// <summary>Labels of the object.</summary>
    public IReadOnlyDictionary<string, string> Labels { get; }

    /// <summary>Values of the selectable fields in the order of the kind: name, namespace, then those it declares. Missing ones are empty, or what the kind says.</summary>
    public IReadOnlyList<string> Values { get; }

    /// <summary>Name of the object.</summary>
    public string Name => Values[0];

    /// <summary>Namespace of the object; empty for cluster scope.</summary>
    public string Namespace => Values[1];

    /// <summary>Place of a selectable field; -1 when the kind has no such.</summary>
    /// <param name="kind">The kind.</param>
    /// <param name="path">Path such as <c>status.nodeName</c>.</param>
    public static int IndexOf(KindInfo kind, string path) => Array.IndexOf(Of(kind), path);

    /// <summary>Reads the fields of a stored object.</summary>
    /// <param name="json">The stored document.</param>
    /// <param name="kind">Its kind.</param>
    public static IndexedFields Read(ReadOnlySpan<byte> json, KindInfo kind)
    {
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = ApiJson.MaxDepth });
        var pass = new IndexedFieldsPass(Sources(kind), Defaults(kind));
        reader.Read();
        pass.Object(ref reader, "");
        return new IndexedFields(pass.Labels ?? (IReadOnlyDictionary<string, string>)FrozenDictionary<string, string>.Empty, pass.Values);
    }

    private static string[] Of(KindInfo kind) =>
        Names.GetOrAdd(kind, static k => ["metadata.name", "metadata.namespace", .. k.SelectableFields.Where(f => f is not ("metadata.name" or "metadata.namespace"))]);

    private static string[] Defaults(KindInfo kind) =>
        Missing.GetOrAdd(kind, static k => [.. Of(k).Select(name => k.SelectableDefaults.GetValueOrDefault(name, ""))]);

    private static string[] Sources(KindInfo kind) =>
        Paths.GetOrAdd(kind, static k => [.. Of(k).Select(name => k.SelectableSources.GetValueOrDefault(name, name))]);
}
