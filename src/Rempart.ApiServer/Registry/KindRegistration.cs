using System.Text;
using System.Text.Json.Nodes;
using Rempart.Api.Meta;
using Rempart.ApiServer.Validation;

namespace Rempart.ApiServer.Registry;

/// <summary>A kind that the server serves: its type, its rules, its layout, and where its objects are stored.</summary>
internal sealed class KindRegistration
{
    private readonly KindConversion? _conversion;

    /// <summary>Registers a kind.</summary>
    /// <param name="kind">The kind.</param>
    /// <param name="rules">Its rules.</param>
    public KindRegistration(KindInfo kind, KindRules rules)
    {
        (Kind, Rules, Layout, Stored) = (kind, rules, new DocumentLayout(kind), this);
        Prefix = $"/registry/{(kind.Group.Length == 0 ? "core" : kind.Group)}/{kind.Plural}/";
    }

    /// <summary>Registers a further group and version of a kind.</summary>
    /// <param name="served">Group, version and type.</param>
    /// <param name="stored">The kind as it is stored.</param>
    /// <param name="conversion">Leads from one form to the other.</param>
    public KindRegistration(KindInfo served, KindRegistration stored, KindConversion conversion) : this(served, stored.Rules) =>
        (Stored, Prefix, _conversion) = (stored, stored.Prefix, conversion);

    /// <summary>The kind.</summary>
    public KindInfo Kind { get; }

    /// <summary>Its rules, which know the stored form.</summary>
    public KindRules Rules { get; }

    /// <summary>What the store's keys of this kind begin with.</summary>
    public string Prefix { get; }

    public DocumentLayout Layout { get; }

    /// <summary>The registration under which objects are stored: this one, but for further versions.</summary>
    public KindRegistration Stored { get; }

    /// <summary>The key of an object behind <see cref="Prefix"/>.</summary>
    /// <param name="ns">Namespace; null for cluster scope.</param>
    /// <param name="name">Name.</param>
    public string Key(string? ns, string name) => Kind.Namespaced ? $"{ns}/{name}" : name;

    /// <summary>A stored object as it is served here.</summary>
    public CachedObject Show(CachedObject stored) => _conversion is null ? stored : stored.ShownBy(this, Convert);

    /// <summary>A document that was sent here as it is stored.</summary>
    public DecodedDocument Keep(DecodedDocument sent) =>
        _conversion is null ? sent : sent with { Json = Encoding.UTF8.GetBytes(Keep((JsonObject)JsonNode.Parse(sent.Json)!).ToJsonString()) };

    /// <inheritdoc cref="Keep(DecodedDocument)"/>
    public JsonObject Keep(JsonObject sent)
    {
        if (_conversion is null) return sent;
        var kept = _conversion.ToStored(sent);
        if (kept.ContainsKey("apiVersion")) kept["apiVersion"] = Stored.Kind.ApiVersion;
        if (kept.ContainsKey("kind")) kept["kind"] = Stored.Kind.Kind;
        return kept;
    }

    private CachedObject Convert(CachedObject stored)
    {
        ReadOnlyMemory<byte> bytes = Layout.Serialize(_conversion!.ToServed(stored.ToJson()));
        return new CachedObject(Layout, stored.Key, new StoredValue(bytes, bytes), stored.Revision, stored.CreateRevision);
    }
}
