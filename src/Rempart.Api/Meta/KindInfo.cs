using System.Collections.Concurrent;
using System.Reflection;

namespace Rempart.Api.Meta;

/// <summary>What the API knows of a kind: its names, scope and typed view.</summary>
public sealed record KindInfo
{
    private static readonly ConcurrentDictionary<Type, KindInfo> Cache = new();

    /// <summary>API group, empty for the core group.</summary>
    public required string Group { get; init; }

    /// <summary>Version in the group.</summary>
    public required string Version { get; init; }

    /// <summary>Kind as written in documents.</summary>
    public required string Kind { get; init; }

    /// <summary>Resource name in paths.</summary>
    public required string Plural { get; init; }

    /// <summary>Short names.</summary>
    public IReadOnlyList<string> ShortNames { get; init; } = [];

    /// <summary>Categories such as <c>all</c>.</summary>
    public IReadOnlyList<string> Categories { get; init; } = [];

    /// <summary>False for cluster-scoped kinds.</summary>
    public required bool Namespaced { get; init; }

    /// <summary>True for kinds that are never stored.</summary>
    public bool Virtual { get; init; }

    /// <summary>True when the kind has a <c>status</c> subresource.</summary>
    public bool HasStatus { get; init; }

    /// <summary>Whether its objects count changes of what is desired in <c>metadata.generation</c>: as in Kubernetes, what it knows as custom resources does, and its own kinds of those that are here don't.</summary>
    public bool HasGeneration => Group.EndsWith(".rempart.dev", StringComparison.Ordinal);

    /// <summary>The typed view.</summary>
    public required Type ClrType { get; init; }

    /// <summary>Columns of the server-side table.</summary>
    public IReadOnlyList<PrinterColumnAttribute> Columns { get; init; } = [];

    /// <summary>Paths that field selectors may name besides name and namespace.</summary>
    public IReadOnlyList<string> SelectableFields { get; init; } = [];

    /// <summary>Where values of selectable fields are that are not at the path of the same name.</summary>
    public IReadOnlyDictionary<string, string> SelectableSources { get; init; } = new Dictionary<string, string>();

    /// <summary>What selectable fields hold that an object leaves out, where that is not the empty text.</summary>
    public IReadOnlyDictionary<string, string> SelectableDefaults { get; init; } = new Dictionary<string, string>();

    /// <summary>Lower-case kind.</summary>
    public string Singular => Kind.ToLowerInvariant();

    /// <summary><c>group/version</c>, or <c>v1</c> for the core group.</summary>
    public string ApiVersion => Group.Length == 0 ? Version : $"{Group}/{Version}";

    /// <summary><c>plural.group</c>, or the plural alone for the core group.</summary>
    public string GroupResource => Group.Length == 0 ? Plural : $"{Plural}.{Group}";

    /// <summary>The kind that a record declares.</summary>
    /// <typeparam name="T">A record with <see cref="ApiKindAttribute"/>.</typeparam>
    public static KindInfo Of<T>() where T : ApiObject => Of(typeof(T));

    /// <summary>The kind that a record declares.</summary>
    /// <param name="type">A record with <see cref="ApiKindAttribute"/>.</param>
    public static KindInfo Of(Type type) => Cache.GetOrAdd(type, Read);

    /// <summary>Path of a collection, or of one object when <paramref name="name"/> is given.</summary>
    /// <param name="ns">Namespace; null for cluster scope or all namespaces.</param>
    /// <param name="name">Object's name, or null for the collection.</param>
    /// <param name="subresource">Subresource such as <c>status</c>.</param>
    public string Path(string? ns, string? name = null, string? subresource = null)
    {
        var root = Group.Length == 0 ? $"/api/{Version}" : $"/apis/{Group}/{Version}";
        var collection = Namespaced && ns is not null ? $"{root}/namespaces/{Uri.EscapeDataString(ns)}/{Plural}" : $"{root}/{Plural}";
        if (name is null) return collection;
        var item = $"{collection}/{Uri.EscapeDataString(name)}";
        return subresource is null ? item : $"{item}/{subresource}";
    }

    private static KindInfo Read(Type type)
    {
        var kind = type.GetCustomAttribute<ApiKindAttribute>()
            ?? throw new ArgumentException($"`{type.Name}` declares no kind", nameof(type));
        return new KindInfo
        {
            Group = kind.Group,
            Version = kind.Version,
            Kind = kind.Kind ?? type.Name,
            Plural = kind.Plural,
            ShortNames = kind.ShortNames,
            Categories = kind.Categories,
            Namespaced = !kind.ClusterScoped,
            Virtual = kind.Virtual,
            HasStatus = !kind.Virtual && type.GetProperty("Status") is not null,
            ClrType = type,
            Columns = [.. type.GetCustomAttributes<PrinterColumnAttribute>()],
            SelectableSources = type.GetCustomAttributes<SelectableFieldAttribute>().Where(f => f.ReadFrom is not null).ToDictionary(f => f.JsonPath, f => f.ReadFrom!, StringComparer.Ordinal),
            SelectableDefaults = type.GetCustomAttributes<SelectableFieldAttribute>().Where(f => f.Missing.Length > 0).ToDictionary(f => f.JsonPath, f => f.Missing, StringComparer.Ordinal),
            SelectableFields = [.. type.GetCustomAttributes<SelectableFieldAttribute>().Select(f => f.JsonPath)],
        };
    }
}
