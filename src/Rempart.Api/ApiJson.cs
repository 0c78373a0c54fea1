using System.Text.Json;
using System.Text.Json.Serialization;
using Rempart.Api.Meta;

namespace Rempart.Api;

/// <summary>How documents are read and written: camel case, no nulls, strict, at most 64 levels deep.</summary>
public static class ApiJson
{
    /// <summary>Deepest nesting that is read.</summary>
    public const int MaxDepth = 64;

    /// <summary>Deepest nesting of an object that is accepted: lists, tables and watches put up to three levels around it, which must be readable too.</summary>
    public const int MaxObjectDepth = 60;

    /// <summary>Refuses unknown and duplicate members; for what people and peers send.</summary>
    public static JsonSerializerOptions Strict { get; } = Create(JsonUnmappedMemberHandling.Disallow);

    /// <summary>Skips unknown members; for clients that read what a newer server wrote.</summary>
    public static JsonSerializerOptions Lenient { get; } = Create(JsonUnmappedMemberHandling.Skip);

    private static JsonSerializerOptions Create(JsonUnmappedMemberHandling unmapped)
    {
        var options = new JsonSerializerOptions
        {
            PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
            DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
            UnmappedMemberHandling = unmapped,
            AllowDuplicateProperties = false,
            MaxDepth = MaxDepth,
            Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
            Converters = { new TimeJsonConverter() },
            TypeInfoResolver = ApiJsonContext.Default,
        };
        options.MakeReadOnly();
        return options;
    }
}
