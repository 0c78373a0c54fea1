using Rempart.Api.Meta;

namespace Rempart.ApiServer.Registry;

/// <summary>A kind that the server stores: its type, its rules, its layout.</summary>
internal sealed class KindRegistration
{
    /// <summary>Registers a kind.</summary>
    /// <param name="kind">The kind.</param>
    /// <param name="rules">Its rules.</param>
    public KindRegistration(KindInfo kind, KindRules rules)
    {
        (Kind, Rules, Layout) = (kind, rules, new DocumentLayout(kind));
        Prefix = $"/registry/{(kind.Group.Length == 0 ? "core" : kind.Group)}/{kind.Plural}/";
    }

    /// <summary>The kind.</summary>
    public KindInfo Kind { get; }

    /// <summary>Its rules.</summary>
    public KindRules Rules { get; }

    /// <summary>What the store's keys of this kind begin with.</summary>
    public string Prefix { get; }

    public DocumentLayout Layout { get; }

    /// <summary>The key of an object behind <see cref="Prefix"/>.</summary>
    /// <param name="ns">Namespace; null for cluster scope.</param>
    /// <param name="name">Name.</param>
    public string Key(string? ns, string name) => Kind.Namespaced ? $"{ns}/{name}" : name;
}
