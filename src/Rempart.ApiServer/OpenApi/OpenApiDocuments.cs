using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Rempart.ApiServer.Http;

namespace Rempart.ApiServer.OpenApi;

/// <summary>
/// OpenAPI of all resources, made from their schemas once when first asked for and kept as bytes. Version 3 is one document
/// a group and version, named in an index with a hash of each so that clients may keep them; version 2 is one document, in
/// JSON and in protobuf.
/// </summary>
/// <param name="resources">All resources.</param>
/// <param name="version">Version of the server.</param>
internal sealed class OpenApiDocuments(IReadOnlyList<OpenApiResource> resources, string version)
{
    private static readonly JsonSerializerOptions Writing = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private readonly Lazy<Dictionary<string, TaggedDocument>> _third = new(() => Third(resources, version));
    private readonly Lazy<TaggedDocument> _second = new(() => Make(Second(resources, version)));

    /// <summary><c>/openapi/v2</c>.</summary>
    public TaggedDocument V2 => _second.Value;

    /// <summary>The same in protobuf.</summary>
    public TaggedDocument V2Protobuf => field ??= TaggedDocument.Of(OpenApiProtobuf.Of(V2.Bytes.Span));

    /// <summary><c>/openapi/v3</c>: the documents with their addresses.</summary>
    public TaggedDocument Index => field ??= Make(new JsonObject
    {
        ["paths"] = new JsonObject(_third.Value.OrderBy(d => d.Key, StringComparer.Ordinal).Select(d =>
            KeyValuePair.Create(d.Key, (JsonNode?)new JsonObject { ["serverRelativeURL"] = $"/openapi/v3/{d.Key}?hash={d.Value.Hash}" }))),
    });

    /// <summary><c>/openapi/v3/{path}</c>; null when there is none.</summary>
    /// <param name="path">Such as <c>api/v1</c> or <c>apis/compute.rempart.dev/v1</c>.</param>
    public TaggedDocument? V3(string path) => _third.Value.GetValueOrDefault(path);

    private static Dictionary<string, TaggedDocument> Third(IReadOnlyList<OpenApiResource> resources, string version) => resources
        .GroupBy(r => r.Kind.Group.Length == 0 ? $"api/{r.Kind.Version}" : $"apis/{r.Kind.Group}/{r.Kind.Version}")
        .ToDictionary(g => g.Key, g =>
        {
            var schemas = new OpenApiSchemas(OpenApiVersion.V3);
            var paths = Paths(OpenApiVersion.V3, schemas, g);
            return Make(new JsonObject
            {
                ["openapi"] = "3.0.0",
                ["info"] = new JsonObject { ["title"] = "Rempart", ["version"] = version },
                ["paths"] = paths,
                ["components"] = new JsonObject { ["schemas"] = schemas.All },
            });
        });

    private static JsonObject Second(IReadOnlyList<OpenApiResource> resources, string version)
    {
        var schemas = new OpenApiSchemas(OpenApiVersion.V2);
        var paths = Paths(OpenApiVersion.V2, schemas, resources);
        return new JsonObject
        {
            ["swagger"] = "2.0",
            ["info"] = new JsonObject { ["title"] = "Rempart", ["version"] = version },
            ["paths"] = paths,
            ["definitions"] = schemas.All,
        };
    }

    private static JsonObject Paths(OpenApiVersion version, OpenApiSchemas schemas, IEnumerable<OpenApiResource> resources)
    {
        var paths = new SortedDictionary<string, JsonObject>(StringComparer.Ordinal);
        var writer = new OpenApiPaths(version, schemas);
        foreach (var resource in resources) writer.Add(paths, resource);
        return new JsonObject(paths.Select(p => KeyValuePair.Create(p.Key, (JsonNode?)p.Value)));
    }

    private static TaggedDocument Make(JsonObject document) => TaggedDocument.Of(Encoding.UTF8.GetBytes(document.ToJsonString(Writing)));
}
