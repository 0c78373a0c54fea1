using System.Net;
using System.Text.Json.Nodes;

namespace Rempart.ApiServer.Tests.Http;

/// <summary>What clients older than Kubernetes 1.15 ask for, who know tables and metadata as <c>v1beta1</c> only.</summary>
public sealed class OlderClientTests : IAsyncLifetime
{
    private const string Maps = "/api/v1/namespaces/default/configmaps";

    private TestServer server = null!;

    public async ValueTask InitializeAsync()
    {
        server = await TestServer.StartAsync();
        await server.PostAsync(Maps, """{"metadata":{"name":"a"}}""");
    }

    public ValueTask DisposeAsync() => server.DisposeAsync();

    [Theory]
    [InlineData("Table", "v1beta1", "/a", "Table")]
    [InlineData("Table", "v1beta1", "", "Table")]
    [InlineData("Table", "v1", "", "Table")]
    [InlineData("PartialObjectMetadata", "v1beta1", "/a", "PartialObjectMetadata")]
    [InlineData("PartialObjectMetadataList", "v1beta1", "", "PartialObjectMetadataList")]
    public async Task Tables_and_metadata_come_in_the_version_that_is_asked_for(string shape, string version, string path, string kind)
    {
        var answer = await AskAsync(Maps + path, $"application/json;as={shape};g=meta.k8s.io;v={version}");
        Assert.Equal((kind, $"meta.k8s.io/{version}"), ((string?)answer["kind"], (string?)answer["apiVersion"]));
        foreach (var inner in (answer["rows"] as JsonArray ?? []).Select(row => row!["object"]).Concat(answer["items"] as JsonArray ?? [])) Assert.Equal($"meta.k8s.io/{version}", (string?)inner!["apiVersion"]);
    }

    [Fact]
    public async Task The_first_version_of_several_is_taken() =>
        Assert.Equal("meta.k8s.io/v1", (string?)(await AskAsync(Maps, "application/json;as=Table;v=v1;g=meta.k8s.io,application/json;as=Table;v=v1beta1;g=meta.k8s.io,application/json"))["apiVersion"]);

    private async Task<JsonNode> AskAsync(string path, string accept)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path) { Version = HttpVersion.Version20 };
        request.Headers.Add("Accept", accept);
        using var response = await server.Client.SendAsync(request);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        return JsonNode.Parse(await response.Content.ReadAsStringAsync())!;
    }
}
