using System.Text;
using System.Text.Json.Nodes;
using Rempart.ApiServer.Http.Protobuf;
using Rempart.ApiServer.Tests.Http;

namespace Rempart.ApiServer.Tests.OpenApi;

/// <summary>The second version of OpenAPI in protobuf says what it says in JSON.</summary>
public sealed class OpenApiProtobufTests : IAsyncLifetime
{
    private const string Asked = "application/com.github.proto-openapi.spec.v2@v1.0+protobuf";
    private const string Given = "application/com.github.proto-openapi.spec.v2.v1.0+protobuf";

    private TestServer server = null!;

    public async ValueTask InitializeAsync() => server = await TestServer.StartAsync();

    public ValueTask DisposeAsync() => server.DisposeAsync();

    [Theory]
    [InlineData(Asked, Given)]
    [InlineData(Given, Given)]
    [InlineData($"{Asked}, application/json", Given)]
    [InlineData($"application/json, {Asked}", "application/json")]
    [InlineData("*/*", "application/json")]
    [InlineData(null, "application/json")]
    public async Task The_form_is_the_first_that_is_asked_for(string? accept, string type)
    {
        var (given, _) = await AskAsync(accept);
        Assert.Equal(type, given);
    }

    [Fact]
    public async Task Definitions_and_operations_are_the_same_in_both()
    {
        var json = (JsonObject)JsonNode.Parse((await AskAsync("application/json")).Body)!;
        var bytes = (await AskAsync(Asked)).Body;
        Assert.Equal("2.0", Text(One(bytes, 1)));
        Assert.Equal(json["definitions"]!.AsObject().Select(d => d.Key), Fields(One(bytes, 9), 1).Select(d => Text(One(d, 1))));
        Assert.Equal(json["paths"]!.AsObject().Select(d => d.Key), Fields(One(bytes, 8), 2).Select(d => Text(One(d, 1))));

        var spec = Named(One(bytes, 9), 1, "io.k8s.api.core.v1.NodeStatus");
        var conditions = Named(One(spec, 25), 1, "conditions");
        Assert.Equal("array", Text(One(One(conditions, 22), 1)));
        Assert.Equal("#/definitions/io.k8s.api.core.v1.NodeCondition", Text(One(One(One(conditions, 23), 1), 1)));
        Assert.Equal("\"type\"\n", Text(One(Named(conditions, 31, "x-kubernetes-patch-merge-key"), 2)));
        var map = Named(One(bytes, 9), 1, "io.k8s.api.core.v1.ConfigMap");
        Assert.Equal(json["definitions"]!["io.k8s.api.core.v1.ConfigMap"]!["x-kubernetes-group-version-kind"]!.ToJsonString() + "\n", Text(One(Named(map, 31, "x-kubernetes-group-version-kind"), 2)));
        Assert.Equal("string", Text(One(One(One(One(Named(One(map, 25), 1, "data"), 21), 1), 22), 1)));

        var patch = One(Named(One(bytes, 8), 2, "/api/v1/namespaces/{namespace}/configmaps/{name}"), 8);
        Assert.Equal("patch\n", Text(One(Named(patch, 13, "x-kubernetes-action"), 2)).Trim('"').Replace("\"", "", StringComparison.Ordinal));
        var parameters = Fields(patch, 8).Select(item => One(item, 1)).ToList();
        Assert.Contains(parameters, parameter => Fields(parameter, 1).Count == 1);
        Assert.Contains(parameters, parameter => Fields(parameter, 2).Any(other => Fields(other, 3).Any(query => Text(One(query, 4)) == "dryRun")));
    }

    private async Task<(string? Type, byte[] Body)> AskAsync(string? accept)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/openapi/v2") { Version = System.Net.HttpVersion.Version20 };
        if (accept is not null) request.Headers.TryAddWithoutValidation("Accept", accept);
        using var response = await server.Client.SendAsync(request);
        return (response.Content.Headers.ContentType?.MediaType, await response.Content.ReadAsByteArrayAsync());
    }

    private static byte[] Named(byte[] holder, int field, string name) => One(Fields(holder, field).Single(pair => Text(One(pair, 1)) == name), 2);

    private static byte[] One(byte[] message, int field) => Fields(message, field).First();

    private static string Text(byte[] bytes) => Encoding.UTF8.GetString(bytes);

    private static List<byte[]> Fields(byte[] message, int field)
    {
        var found = new List<byte[]>();
        var reader = new WireReader(message);
        while (!reader.AtEnd)
        {
            var (number, encoding) = reader.Tag();
            if (encoding == 0) reader.Varint();
            else if (reader.Bytes() is var value && number == field) found.Add(value.ToArray());
        }

        return found;
    }
}
