using System.Collections.Concurrent;
using System.Collections.Frozen;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Rempart.Api.Meta;

namespace Rempart.ApiServer.Validation;

/// <summary>Reads schemas off the wire types, once each.</summary>
internal static class Schemas
{
    private static readonly ConcurrentDictionary<Type, Schema> Cache = new();

    /// <summary>Schema of a kind.</summary>
    /// <param name="kind">The kind.</param>
    public static Schema Of(KindInfo kind) => Of(kind.ClrType);

    /// <summary>Schema of a wire type; wire types never contain themselves.</summary>
    /// <param name="type">A record of Rempart.Api, or a type that one of its properties has.</param>
    public static Schema Of(Type type)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        return Cache.TryGetValue(type, out var known) ? known : Cache.GetOrAdd(type, Read(type));
    }

    private static Schema Read(Type type)
    {
        if (Scalar(type) is { } scalar) return new Schema { Type = scalar };
        if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(IReadOnlyDictionary<,>))
            return new Schema { Type = SchemaType.Map, Items = Of(type.GenericTypeArguments[1]) };
        if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(IReadOnlyList<>))
            return new Schema { Type = SchemaType.Array, Items = Of(type.GenericTypeArguments[0]) };
        if (!type.IsClass || type.Namespace?.StartsWith("Rempart.Api", StringComparison.Ordinal) != true)
            throw new ArgumentException($"`{type}` can't be part of a wire type", nameof(type));
        return new Schema
        {
            Type = SchemaType.Object,
            Name = DefinitionName.Of(type),
            Description = XmlDescriptions.Of(type),
            Atomic = type.IsDefined(typeof(AtomicAttribute)),
            Fields = type.GetProperties(BindingFlags.Public | BindingFlags.Instance).Select(Field).ToFrozenDictionary(f => f.Name),
            Kind = type.GetCustomAttribute<ApiKindAttribute>() is null ? null : KindInfo.Of(type),
        };
    }

    private static SchemaField Field(PropertyInfo property)
    {
        var patch = property.GetCustomAttribute<ListPatchAttribute>();
        return new SchemaField
        {
            Name = property.GetCustomAttribute<JsonPropertyNameAttribute>()?.Name ?? JsonNamingPolicy.CamelCase.ConvertName(property.Name),
            Schema = Marked(Of(property.PropertyType), property, patch),
            Description = XmlDescriptions.Of(property),
            Required = property.IsDefined(typeof(RequiredMemberAttribute)),
            OneOf = property.GetCustomAttribute<OneOfAttribute>()?.Values ?? [],
            MergesList = patch is not null,
            MergeKey = patch?.MergeKey,
            RetainKeys = patch?.RetainKeys ?? false,
        };
    }

    /// <summary>Marks stand on properties: the same type of list is merged in one place and replaced in another.</summary>
    private static Schema Marked(Schema schema, PropertyInfo property, ListPatchAttribute? patch)
    {
        if (property.IsDefined(typeof(AtomicAttribute))) schema = schema with { Atomic = true };
        string[]? keys = property.GetCustomAttribute<ListTypeAttribute>() is { } list ? [.. list.MapKeys]
            : patch is null ? null : patch.MergeKey is null ? [] : [patch.MergeKey];
        return keys is null ? schema : schema with { List = keys.Length == 0 ? ListType.Set : ListType.Map, MapKeys = [.. keys.Order(StringComparer.Ordinal)] };
    }

    private static SchemaType? Scalar(Type type) =>
        type == typeof(string) ? SchemaType.String
        : type == typeof(int) ? SchemaType.Int32
        : type == typeof(long) ? SchemaType.Int64
        : type == typeof(double) ? SchemaType.Number
        : type == typeof(bool) ? SchemaType.Boolean
        : type == typeof(Quantity) ? SchemaType.Quantity
        : type == typeof(IntOrString) ? SchemaType.IntOrString
        : type == typeof(DateTimeOffset) ? SchemaType.Time
        : type == typeof(MicroTime) ? SchemaType.MicroTime
        : type == typeof(byte[]) ? SchemaType.Bytes
        : type == typeof(JsonElement) || type == typeof(JsonObject) || type == typeof(JsonNode) ? SchemaType.Any
        : null;
}
