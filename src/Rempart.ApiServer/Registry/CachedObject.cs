using System.Text.Json;
using System.Text.Json.Nodes;
using Rempart.Api;
using Rempart.Api.Meta;
using Rempart.ApiServer.Selectors;
using Rempart.ApiServer.Skew;
using Rempart.ApiServer.Validation;

namespace Rempart.ApiServer.Registry;

/// <summary>A stored object at one revision: the bytes that answers are made of, and what selectors look at.</summary>
internal sealed class CachedObject
{
    private readonly DocumentLayout _layout;
    private readonly ReadOnlyMemory<byte>? _sealed;
    private ApiObject? _typed;
    private IndexedFields? _index;
    private Shown? _shown;
    private bool? _hasUnknown;

    public CachedObject(DocumentLayout layout, string key, StoredValue value, long revision, long createRevision)
    {
        (_layout, Key, Revision, CreateRevision) = (layout, key, revision, createRevision);
        Document = layout.Splice(value.Document.Span, revision);

        // The document is held once: what the store keeps of it is made again where it is wanted.
        if (!value.Raw.Equals(value.Document)) _sealed = value.Raw;
    }

    /// <summary>Namespace and name as in the store's key, <c>namespace/name</c> or <c>name</c>.</summary>
    public string Key { get; }

    /// <summary>The revision that wrote this version, which is its <c>metadata.resourceVersion</c>.</summary>
    public long Revision { get; }

    /// <summary>The revision that created the object.</summary>
    public long CreateRevision { get; }

    /// <summary>The whole UTF-8 document with its resourceVersion.</summary>
    public ReadOnlyMemory<byte> Document { get; }

    /// <summary>The document as the store keeps it, before encryption: without its resourceVersion.</summary>
    public ReadOnlyMemory<byte> Stored => _layout.Unsplice(Document.Span, Revision);

    /// <summary>What the store keeps, encrypted where the kind is.</summary>
    public ReadOnlyMemory<byte> Raw => _sealed ?? Stored;

    /// <summary>The kind.</summary>
    public KindInfo Kind => _layout.Kind;

    /// <summary>Labels and fields that selectors look at, read once.</summary>
    public IndexedFields Index => _index ??= IndexedFields.Read(Document.Span, Kind);

    /// <summary>Namespace; null for cluster-scoped kinds.</summary>
    public string? Namespace => Kind.Namespaced ? Key[..Key.IndexOf('/', StringComparison.Ordinal)] : null;

    /// <summary>Name.</summary>
    public string Name => Kind.Namespaced ? Key[(Key.IndexOf('/', StringComparison.Ordinal) + 1)..] : Key;

    /// <summary>The typed view, parsed once.</summary>
    public T As<T>() where T : ApiObject => (T)(_typed ??= (ApiObject)JsonSerializer.Deserialize(Document.Span, Kind.ClrType, ApiJson.Lenient)!);

    /// <summary>How a further registration shows this version, converted once for all who list and watch it. One is kept: no kind has more than one further form.</summary>
    /// <param name="registration">The further registration.</param>
    /// <param name="convert">Converts.</param>
    public CachedObject ShownBy(KindRegistration registration, Func<CachedObject, CachedObject> convert)
    {
        if (_shown is { } kept && kept.By == registration) return kept.Form;
        var form = convert(this);
        _shown = new Shown(registration, form);
        return form;
    }

    /// <summary>Whether a newer server has written members that this one does not know; looked for once.</summary>
    public bool HasUnknownFields => _hasUnknown ??= UnknownFields.AreIn(Document.Span, Schemas.Of(Kind));

    /// <summary>A copy of the document that the caller may change.</summary>
    public JsonObject ToJson() => (JsonObject)JsonNode.Parse(Document.Span, documentOptions: new JsonDocumentOptions { MaxDepth = ApiJson.MaxDepth })!;

    /// <summary>The same document under another revision: what a watch shows of an object that was deleted at that revision.</summary>
    public CachedObject At(long revision)
    {
        var stored = Stored;
        return new CachedObject(_layout, Key, new StoredValue(stored, _sealed ?? stored), revision, CreateRevision);
    }

    private sealed record Shown(KindRegistration By, CachedObject Form);
}
