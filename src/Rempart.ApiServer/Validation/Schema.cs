using System.Collections.Frozen;
using Rempart.Api.Meta;

namespace Rempart.ApiServer.Validation;

/// <summary>
/// The rules of a value as data. Made from the wire types by <see cref="Schemas"/>; a CustomResourceDefinition can make
/// the same. Decoding, strategic merge, server-side apply, tables and OpenAPI know kinds only
/// through this.
/// </summary>
internal sealed record Schema
{
    /// <summary>What the value is.</summary>
    public required SchemaType Type { get; init; }

    /// <summary>Name in OpenAPI such as <c>io.k8s.api.core.v1.NodeSpec</c>; null for values written in place.</summary>
    public string? Name { get; init; }

    /// <summary>What it is, for people.</summary>
    public string Description { get; init; } = "";

    /// <summary>Fields by name, for <see cref="SchemaType.Object"/>.</summary>
    public FrozenDictionary<string, SchemaField> Fields { get; init; } = FrozenDictionary<string, SchemaField>.Empty;

    /// <summary>Rules of items and of map values.</summary>
    public Schema? Items { get; init; }

    /// <summary>True for an object or a map that has one owner as a whole (<c>x-kubernetes-map-type: atomic</c>).</summary>
    public bool Atomic { get; init; }

    /// <summary>How items of a list are told apart.</summary>
    public ListType List { get; init; }

    /// <summary>Fields that tell items apart, in order of their names, for <see cref="ListType.Map"/>.</summary>
    public IReadOnlyList<string> MapKeys { get; init; } = [];

    /// <summary>The kind, for the root of a kind.</summary>
    public KindInfo? Kind { get; init; }
}
