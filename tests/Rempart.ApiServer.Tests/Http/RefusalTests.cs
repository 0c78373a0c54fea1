using System.Net;
using System.Text;

namespace Rempart.ApiServer.Tests.Http;

/// <summary>Requests that are refused whatever their documents hold, and documents that contradict the request. What is wrong in documents themselves: <see cref="BadInput.DocumentStories"/>.</summary>
public sealed class RefusalTests
{
    private const string Maps = "/api/v1/namespaces/default/configmaps";

    [Theory]
    [InlineData("""{"metadata":{"name":"a","labels":{"-":"x"}}}""", 422, "metadata.labels")]
    [InlineData("""{"metadata":{"name":"a","namespace":"other"}}""", 400, "the namespace of the provided object does not match the namespace sent on the request")]
    [InlineData("""{"kind":"Secret","apiVersion":"v1","metadata":{"name":"a"}}""", 400, "the kind in the data (Secret) does not match the expected kind (ConfigMap)")]
    [InlineData("""{"metadata":{"name":"a","resourceVersion":"5"}}""", 400, "resourceVersion should not be set on objects to be created")]
    [InlineData("""{"metadata":{"name":"a"},"data":{"a b":"x"}}""", 422, "data[a b]: Invalid value: \"a b\"")]
    [InlineData("{", 400, "not valid JSON")]
    [InlineData("", 400, "not valid JSON")]
    [InlineData("[]", 400, "must be an object")]
    public async Task A_wrong_document_is_refused(string body, int code, string says)
    {
        await using var server = await TestServer.StartAsync();
        var (actual, status) = await server.PostAsync(Maps, body);
        Assert.Equal(code, actual);
        Assert.Equal("Status", status["kind"]!.GetValue<string>());
        Assert.Contains(says, status["message"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.Empty((await server.GetAsync(Maps)).Body["items"]!.AsArray());
    }

    [Fact]
    public async Task Unknown_fields_are_warned_of_when_asked_so()
    {
        await using var server = await TestServer.StartAsync();
        using var content = new StringContent("""{"metadata":{"name":"a"},"dat":{}}""", Encoding.UTF8, "application/json");
        using var response = await server.Client.PostAsync(Maps + "?fieldValidation=Warn", content);
        Assert.Equal(HttpStatusCode.Created, response.StatusCode);
        Assert.Equal("299 - \"unknown field \\\"dat\\\"\"", Assert.Single(response.Headers.GetValues("Warning")));
    }

    [Fact]
    public async Task Paths_methods_and_types_that_are_not_served_are_refused()
    {
        await using var server = await TestServer.StartAsync();
        Assert.Equal(404, (await server.GetAsync("/nothing")).Code);
        Assert.Equal(404, (await server.GetAsync("/api/v1/unicorns")).Code);
        Assert.Equal(404, (await server.GetAsync("/api/v1/namespaces/default/namespaces")).Code);
        Assert.Equal(405, (await server.PostAsync("/api/v1/configmaps", """{"metadata":{"name":"a"}}""")).Code);
        Assert.Equal(404, (await server.GetAsync(Maps + "/a/status")).Code);
        Assert.Equal(415, (await server.SendAsync(HttpMethod.Post, Maps, "a: b", "text/yaml")).Code);
        Assert.Equal(415, (await server.PatchAsync(Maps + "/a", "{}", "application/apply-patch+cbor")).Code);
        Assert.Equal(403, (await server.PostAsync("/api/v1/namespaces/default/pods", """{"metadata":{"name":"a"}}""")).Code);
        Assert.Equal(404, (await server.PostAsync("/api/v1/namespaces/nowhere/configmaps", """{"metadata":{"name":"a"}}""")).Code);
        Assert.Equal(403, (await server.DeleteAsync("/api/v1/namespaces/default")).Code);
    }

    [Fact]
    public async Task Who_has_no_certificate_or_no_right_is_refused_and_recorded()
    {
        await using var server = await TestServer.StartAsync();
        using var nobody = server.ClientOf(null);
        Assert.Equal(401, (await server.SendAsync(HttpMethod.Get, Maps, client: nobody)).Code);
        using var mallory = server.ClientOf("mallory");
        var (code, status) = await server.SendAsync(HttpMethod.Get, Maps, client: mallory);
        Assert.Equal(403, code);
        Assert.Equal("configmaps is forbidden: User \"mallory\" cannot list resource \"configmaps\" in API group \"\" in the namespace \"default\"", status["message"]!.GetValue<string>());
        Assert.Contains(server.Audit.Records, r => r is { User: "mallory", Decision: "deny", Status: 403, Resource: "configmaps" });
    }

    [Fact]
    public async Task When_the_audit_trail_can_not_be_written_nothing_is()
    {
        await using var server = await TestServer.StartAsync();
        server.Audit.Broken = true;
        Assert.Equal(503, (await server.PostAsync(Maps, """{"metadata":{"name":"a"}}""")).Code);
        server.Audit.Broken = false;
        Assert.Equal(404, (await server.GetAsync(Maps + "/a")).Code);
    }
}
