using System.Text.Json;
using System.Text.Json.Serialization;

namespace Rempart.Api.Meta;

/// <summary>Reads the few members that are wanted and skips the others, managedFields above all.</summary>
internal sealed class LifetimeMetadataJsonConverter : JsonConverter<LifetimeMetadata>
{
    // Lists are in order of namespaces: the same text comes again and again.
    [ThreadStatic]
    private static string? _namespace;

    public override LifetimeMetadata Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        var metadata = new ObjectMeta();
        if (reader.TokenType != JsonTokenType.StartObject) throw new JsonException("an object is expected");
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("metadata"u8)) metadata = Metadata(ref reader, options);
            else reader.Skip();
        }

        return new LifetimeMetadata { Metadata = metadata };
    }

    public override void Write(Utf8JsonWriter writer, LifetimeMetadata value, JsonSerializerOptions options) => throw new NotSupportedException("a view of parts of an object is never sent");

    private static ObjectMeta Metadata(ref Utf8JsonReader reader, JsonSerializerOptions options)
    {
        string? name = null, ns = null, uid = null, version = null;
        DateTimeOffset? deleted = null;
        IReadOnlyList<OwnerReference>? owners = null;
        IReadOnlyList<string>? finalizers = null;
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject) throw new JsonException("an object is expected in `metadata`");
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("name"u8)) name = Text(ref reader);
            else if (reader.ValueTextEquals("namespace"u8)) ns = Namespace(ref reader);
            else if (reader.ValueTextEquals("uid"u8)) uid = Text(ref reader);
            else if (reader.ValueTextEquals("resourceVersion"u8)) version = Text(ref reader);
            else if (reader.ValueTextEquals("deletionTimestamp"u8)) deleted = Of<DateTimeOffset?>(ref reader, options);
            else if (reader.ValueTextEquals("ownerReferences"u8)) owners = Of<IReadOnlyList<OwnerReference>>(ref reader, options);
            else if (reader.ValueTextEquals("finalizers"u8)) finalizers = Of<IReadOnlyList<string>>(ref reader, options);
            else reader.Skip();
        }

        return new ObjectMeta { Name = name, Namespace = ns, Uid = uid, ResourceVersion = version, DeletionTimestamp = deleted, OwnerReferences = owners, Finalizers = finalizers };
    }

    private static string? Text(ref Utf8JsonReader reader) => reader.Read() ? reader.GetString() : null;

    private static string? Namespace(ref Utf8JsonReader reader)
    {
        reader.Read();
        return _namespace is { } same && reader.ValueTextEquals(same) ? same : _namespace = reader.GetString();
    }

    private static T? Of<T>(ref Utf8JsonReader reader, JsonSerializerOptions options)
    {
        reader.Read();
        return (T?)JsonSerializer.Deserialize(ref reader, options.GetTypeInfo(typeof(T)));
    }
}
