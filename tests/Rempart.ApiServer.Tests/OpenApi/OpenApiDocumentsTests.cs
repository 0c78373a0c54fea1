using System.Text.Json.Nodes;
using Rempart.Api;
using Rempart.Api.Meta;
using Rempart.ApiServer.Http;
using Rempart.ApiServer.OpenApi;
using Rempart.ApiServer.Tests.Http;
using Rempart.ApiServer.Validation;

namespace Rempart.ApiServer.Tests.OpenApi;

public sealed class OpenApiDocumentsTests
{
    private static readonly KindInfo[] Served = [.. ApiKinds.All, .. ApiKinds.Further];

    private static readonly OpenApiDocuments Documents = new([.. Served.Select(kind => OpenApiResource.Of(kind, [], []))], "v0.1.0");

    [Fact]
    public void The_index_names_each_group_and_version_with_its_hash()
    {
        var paths = Parse(Documents.Index)["paths"]!.AsObject();
        Assert.Equal(Served.Select(k => k.Group).Distinct().Count(), paths.Count);
        Assert.Equal($"/openapi/v3/api/v1?hash={Documents.V3("api/v1")!.Hash}", (string?)paths["api/v1"]!["serverRelativeURL"]);
        Assert.Null(Documents.V3("apis/nowhere/v1"));
    }

    [Fact]
    public void Every_reference_leads_to_a_definition()
    {
        foreach (var path in Parse(Documents.Index)["paths"]!.AsObject().Select(p => p.Key))
        {
            var document = Parse(Documents.V3(path)!);
            References(document, "#/components/schemas/", document["components"]!["schemas"]!.AsObject());
        }

        var second = Parse(Documents.V2);
        References(second, "#/definitions/", second["definitions"]!.AsObject());
    }

    [Fact]
    public void Every_kind_is_found_by_group_version_and_kind_with_a_description_of_each_field()
    {
        foreach (var kind in Served)
        {
            var schemas = Parse(Documents.V3(kind.Group.Length == 0 ? "api/v1" : $"apis/{kind.Group}/v1")!)["components"]!["schemas"]!.AsObject();
            var schema = Assert.Single(schemas, s => s.Value!["x-kubernetes-group-version-kind"] is JsonArray all && all.Any(g => (string?)g!["kind"] == kind.Kind)).Value!;
            Assert.NotEmpty((string)schema["description"]!);
            Assert.All(schema["properties"]!.AsObject(), p => Assert.False(string.IsNullOrEmpty((string?)p.Value!["description"]), $"{kind.Kind}.{p.Key} has no description"));
        }
    }

    [Fact]
    public void Every_field_at_every_depth_has_a_description()
    {
        var wrong = Parse(Documents.V2)["definitions"]!.AsObject()
            .SelectMany(definition => (definition.Value!["properties"] as JsonObject ?? []).Where(field => string.IsNullOrWhiteSpace((string?)field.Value!["description"])).Select(field => $"{definition.Key}.{field.Key}"))
            .Concat(Parse(Documents.V2)["definitions"]!.AsObject().Where(definition => string.IsNullOrWhiteSpace((string?)definition.Value!["description"])).Select(definition => definition.Key));
        Assert.Empty(wrong);
    }

    [Fact]
    public void Operations_say_action_and_kind_and_what_kubectl_looks_for()
    {
        var paths = Parse(Documents.V3("apis/compute.rempart.dev/v1")!)["paths"]!;
        var item = paths["/apis/compute.rempart.dev/v1/namespaces/{namespace}/virtualmachines/{name}"]!;
        Assert.Equal("VirtualMachine", (string?)item["get"]!["x-kubernetes-group-version-kind"]!["kind"]);
        Assert.Equal(["get", "put", "patch", "delete"], new[] { "get", "put", "patch", "delete" }.Select(m => (string?)item[m]!["x-kubernetes-action"]));
        var patch = item["patch"]!;
        Assert.Superset(new HashSet<string> { "fieldValidation", "dryRun" }, patch["parameters"]!.AsArray().Select(p => (string)p!["name"]!).ToHashSet());
        Assert.False(patch["requestBody"]!["content"]!.AsObject().ContainsKey("application/strategic-merge-patch+json"));
        var maps = Parse(Documents.V3("api/v1")!)["paths"]!["/api/v1/namespaces/{namespace}/configmaps/{name}"]!;
        Assert.True(maps["patch"]!["requestBody"]!["content"]!.AsObject().ContainsKey("application/strategic-merge-patch+json"));
        Assert.NotNull(paths["/apis/compute.rempart.dev/v1/virtualmachines"]!["get"]);
        Assert.NotNull(paths["/apis/compute.rempart.dev/v1/namespaces/{namespace}/virtualmachines"]!["post"]);
        Assert.NotNull(paths["/apis/compute.rempart.dev/v1/namespaces/{namespace}/virtualmachines/{name}/status"]!["put"]);
    }

    [Fact]
    public void Closed_sets_of_values_are_published_and_described()
    {
        var seen = 0;
        foreach (var kind in Served) Look(Schemas.Of(kind), kind.Kind);
        Assert.True(seen > 20, $"{seen}");
        var spec = Parse(Documents.V3("apis/compute.rempart.dev/v1")!)["components"]!["schemas"]!.AsObject().Single(schema => schema.Key.EndsWith("VirtualMachineSpec", StringComparison.Ordinal)).Value!;
        Assert.Equal("""["Running","Stopped"]""", spec["properties"]!["powerState"]!["enum"]!.ToJsonString());

        void Look(Schema schema, string path)
        {
            foreach (var field in schema.Fields.Values)
            {
                seen += field.OneOf.Count > 0 ? 1 : 0;
                Assert.All(field.OneOf, one => Assert.Contains(one, field.Description, StringComparison.Ordinal));
                Look(field.Schema, $"{path}.{field.Name}");
            }
            if (schema.Items is { } items) Look(items, path);
        }
    }

    [Fact]
    public async Task What_has_not_changed_is_not_sent_again()
    {
        await using var server = await TestServer.StartAsync();
        foreach (var (path, accept) in new[]
        {
            ("/openapi/v2", "application/json"), ("/openapi/v3", "application/json"), ("/openapi/v3/api/v1", "application/json"),
            ("/api", "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"), ("/apis", "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"),
        })
        {
            using var first = await AskAsync(null);
            Assert.Equal(200, (int)first.StatusCode);
            Assert.NotEmpty(await first.Content.ReadAsByteArrayAsync());
            using var again = await AskAsync(first.Headers.ETag!.ToString());
            Assert.Equal((304, first.Headers.ETag), ((int)again.StatusCode, again.Headers.ETag));
            Assert.Empty(await again.Content.ReadAsByteArrayAsync());
            using var other = await AskAsync("\"0\"");
            Assert.Equal(200, (int)other.StatusCode);

            async Task<HttpResponseMessage> AskAsync(string? tag)
            {
                using var request = new HttpRequestMessage(HttpMethod.Get, path) { Version = System.Net.HttpVersion.Version20 };
                request.Headers.Add("Accept", accept);
                if (tag is not null) request.Headers.Add("If-None-Match", tag);
                return await server.Client.SendAsync(request);
            }
        }
    }

    [Fact]
    public async Task A_subresource_with_a_kind_of_its_own_names_that()
    {
        await using var server = await TestServer.StartAsync();
        var (_, document) = await server.GetAsync("/openapi/v3/api/v1");
        Assert.Equal("""{"group":"authentication.k8s.io","version":"v1","kind":"TokenRequest"}""",
            document["paths"]!["/api/v1/namespaces/{namespace}/serviceaccounts/{name}/token"]!["post"]!["x-kubernetes-group-version-kind"]!.ToJsonString());
        (_, document) = await server.GetAsync("/openapi/v3/apis/authorization.k8s.io/v1");
        Assert.NotNull(document["paths"]!["/apis/authorization.k8s.io/v1/namespaces/{namespace}/localsubjectaccessreviews"]!["post"]);
    }

    [Fact]
    public void Merge_keys_are_published()
    {
        var schemas = Parse(Documents.V3("api/v1")!)["components"]!["schemas"]!;
        var conditions = schemas["io.k8s.api.core.v1.NodeStatus"]!["properties"]!["conditions"]!;
        Assert.Equal(("merge", "type"), ((string?)conditions["x-kubernetes-patch-strategy"], (string?)conditions["x-kubernetes-patch-merge-key"]));
        var finalizers = schemas["io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta"]!["properties"]!["finalizers"]!;
        Assert.Equal("merge", (string?)finalizers["x-kubernetes-patch-strategy"]);
        Assert.Null(finalizers["x-kubernetes-patch-merge-key"]);
    }

    [Fact]
    public void Operations_have_names_of_their_own()
    {
        foreach (var document in new[] { Parse(Documents.V2), Parse(Documents.V3("api/v1")!), Parse(Documents.V3("apis/compute.rempart.dev/v1")!) })
            Assert.Distinct(document["paths"]!.AsObject().SelectMany(p => p.Value!.AsObject()).Select(o => o.Value as JsonObject).Select(o => (string?)o?["operationId"]).Where(id => id is not null));
    }

    [Fact]
    public void The_same_resources_give_the_same_bytes() =>
        Assert.Equal(Documents.V2.Hash, new OpenApiDocuments([.. Served.Select(kind => OpenApiResource.Of(kind, [], []))], "v0.1.0").V2.Hash);

    private static JsonNode Parse(TaggedDocument document) => JsonNode.Parse(document.Bytes.Span)!;

    private static void References(JsonNode? node, string prefix, JsonObject definitions)
    {
        switch (node)
        {
            case JsonObject members:
                foreach (var (name, value) in members)
                {
                    if (name == "$ref" && value is JsonValue) Assert.True(definitions.ContainsKey(((string)value!)[prefix.Length..]), $"{value} leads nowhere");
                    else References(value, prefix, definitions);
                }

                break;
            case JsonArray items:
                foreach (var item in items) References(item, prefix, definitions);
                break;
            default: break;
        }
    }
}
