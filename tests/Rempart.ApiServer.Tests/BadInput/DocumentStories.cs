using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using Rempart.ApiServer.Tests.Authorization;

namespace Rempart.ApiServer.Tests.BadInput;

/// <summary>An administrator, with every right, sends documents that are wrong in themselves.</summary>
public sealed class DocumentStories : IAsyncLifetime
{
    private const string Maps = "/api/v1/namespaces/default/configmaps";
    private const string Classes = "/apis/compute.rempart.dev/v1/machineclasses";
    private const string Machines = "/apis/compute.rempart.dev/v1/namespaces/default/virtualmachines";

    private SecureServer server = null!;

    public async ValueTask InitializeAsync() => server = await SecureServer.StartAsync();

    [Theory]
    [InlineData(Maps, """{"metadata":{"name":"a"},"dat":{}}""", "dat", "unknown field \"dat\" (did you mean \"data\"?)")]
    [InlineData(Maps, """{"metadata":{"name":"a"},"colour":{}}""", "colour", "unknown field \"colour\"")]
    [InlineData(Machines, """{"metadata":{"name":"a"},"spec":{"template":"t","class":"c","powerstate":"Running"}}""", "spec.powerstate", "(did you mean \"powerState\"?)")]
    [InlineData(Machines, """{"metadata":{"name":"a"},"spec":{"template":"t","class":"c","volumes":[{"name":"d","sice":"1Gi"}]}}""", "spec.volumes[0].sice", "unknown field \"spec.volumes[0].sice\" (did you mean \"size\"?)")]
    public async Task An_unknown_field(string path, string body, string field, string says) =>
        Assert.Contains(says, await server.ExpectAsync(server.Admin, "POST " + path, body, 400, "BadRequest", field), StringComparison.Ordinal);

    [Theory]
    [InlineData(Maps, """{"metadata":{"name":"a"},"data":{"k":1}}""", "data.k", "data.k: Invalid value: 1: must be a string")]
    [InlineData(Classes, """{"metadata":{"name":"a"},"spec":{"cpus":"two","memory":"64Mi"}}""", "spec.cpus", "spec.cpus: Invalid value: \"two\": must be ")]
    [InlineData(Machines, """{"metadata":{"name":"a"},"spec":{"template":"t","class":"c","volumes":{}}}""", "spec.volumes", "spec.volumes: Invalid value: an object: must be a list")]
    [InlineData(Machines, """{"metadata":{"name":"a"},"spec":"t"}""", "spec", "spec: Invalid value: \"t\": must be an object")]
    public async Task A_wrong_type(string path, string body, string field, string says) =>
        Assert.Contains(says, await server.ExpectAsync(server.Admin, "POST " + path, body, 400, "BadRequest", field), StringComparison.Ordinal);

    [Theory]
    [InlineData("""{"metadata":{"name":"a"},"data":{"k":"1","k":"2"}}""", "data.k")]
    [InlineData("""{"metadata":{"name":"a","name":"b"}}""", "metadata.name")]
    [InlineData("""{"metadata":{"name":"a"},"data":{"k":"1","\u006b":"2"}}""", "data.k")]
    public async Task A_duplicate_key(string body, string field)
    {
        foreach (var validation in new[] { "Strict", "Warn", "Ignore" })
            Assert.Contains($"duplicate field \"{field}\"", await server.ExpectAsync(server.Admin, $"POST {Maps}?fieldValidation={validation}", body, 400, "BadRequest", field), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_same_by_a_change_of_an_object_that_is_there()
    {
        await SecureServer.DoAsync(server.Admin, HttpMethod.Post, Maps, """{"metadata":{"name":"a"},"data":{"k":"1"}}""");
        Assert.Contains("unknown field \"dat\"", await server.ExpectAsync(server.Admin, $"PATCH {Maps}/a", """{"dat":{}}""", 400, "BadRequest", "dat"), StringComparison.Ordinal);
        Assert.Contains("must be a string", await server.ExpectAsync(server.Admin, $"PATCH {Maps}/a", """{"data":{"k":2}}""", 400, "BadRequest", "data.k"), StringComparison.Ordinal);
        Assert.Contains("duplicate", await server.ExpectAsync(server.Admin, $"PUT {Maps}/a", """{"metadata":{"name":"a"},"data":{},"data":{}}""", 400, "BadRequest", "data"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_body_of_10_MiB(bool announced)
    {
        var before = await server.RevisionAsync();
        var bytes = Encoding.UTF8.GetBytes($$$"""{"metadata":{"name":"a"},"data":{"k":"{{{new string('x', 10 * 1024 * 1024)}}}"}}""");
        using HttpContent content = announced ? new ByteArrayContent(bytes) : new UnannouncedContent(bytes);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        using var response = await server.Admin.PostAsync(Maps, content, TestContext.Current.CancellationToken);
        var status = JsonNode.Parse(await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken))!;
        Assert.Equal((413, "RequestEntityTooLarge"), ((int)response.StatusCode, status["reason"]!.GetValue<string>()));
        Assert.Equal("Request entity too large: limit is 3145728 bytes; send less at once (bytes of images go to `images/NAME/upload`: `rempart image upload`)", status["message"]!.GetValue<string>());
        Assert.Equal(before, await server.RevisionAsync());
    }

    [Theory]
    [InlineData("{\"a\":", "1", "}")]
    [InlineData("[", "", "]")]
    public async Task Json_that_is_1000_levels_deep(string open, string inner, string close)
    {
        const string Says = "the body is nested deeper than 60 levels, which no kind needs: is it a document of this kind?";
        var deep = string.Concat(Enumerable.Repeat(open, 1000)) + inner + string.Concat(Enumerable.Repeat(close, 1000));
        Assert.Equal(Says, await server.ExpectAsync(server.Admin, "POST " + Maps, $$$"""{"metadata":{"name":"a"},"data":{{{deep}}}}""", 400, "BadRequest"));
        Assert.Equal(Says, await server.ExpectAsync(server.Admin, "POST " + Maps, deep, 400, "BadRequest"));
        await SecureServer.DoAsync(server.Admin, HttpMethod.Post, Maps, """{"metadata":{"name":"a"}}""");
        Assert.Contains("nested deeper than 60 levels", await server.ExpectAsync(server.Admin, $"PATCH {Maps}/a", $$$"""{"data":{{{deep}}}}""", 400, "BadRequest"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(Maps, "A_B", "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters")]
    [InlineData(Maps, "a/b", "a lowercase RFC 1123 subdomain")]
    [InlineData(Maps, "..", "a lowercase RFC 1123 subdomain")]
    [InlineData(Maps, "-a", "must start and end with an alphanumeric character")]
    [InlineData(Maps, "a\\n", "a lowercase RFC 1123 subdomain")]
    [InlineData(Maps, "\\u0430", "a lowercase RFC 1123 subdomain")]
    [InlineData(Machines, "a.b", "a lowercase RFC 1123 label")]
    [InlineData("/api/v1/namespaces", "a.b", "a lowercase RFC 1123 label")]
    public async Task An_invalid_name(string path, string name, string says)
    {
        var spec = path == Machines ? ""","spec":{"template":"t","class":"c"}""" : "";
        // An unapproved template is refused as well: the name is looked at first.
        Assert.Contains(says, await server.ExpectAsync(server.Admin, "POST " + path, $$$"""{"metadata":{"name":"{{{name}}}"}{{{spec}}}}""", 422, "Invalid", "metadata.name"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_name_that_is_too_long_or_missing()
    {
        Assert.Contains("must be no more than 253 characters", await server.ExpectAsync(server.Admin, "POST " + Maps, $$$"""{"metadata":{"name":"{{{new string('a', 254)}}}"}}""", 422, "Invalid", "metadata.name"), StringComparison.Ordinal);
        Assert.Contains("metadata.name: Required value: name or generateName is required", await server.ExpectAsync(server.Admin, "POST " + Maps, """{"metadata":{}}""", 422, "Invalid", "metadata.name"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("0", "spec.memory: Invalid value: \"0\": must be between 64Mi and 512Gi, inclusive")]
    [InlineData("1Ti", "spec.memory: Invalid value: \"1Ti\": must be between 64Mi and 512Gi, inclusive")]
    [InlineData("-5Gi", "spec.memory: Invalid value: \"-5Gi\": must be between 64Mi and 512Gi, inclusive")]
    [InlineData("100000001", "spec.memory: Invalid value: \"100000001\": must be a multiple of 1Mi")]
    public async Task Memory_out_of_bounds(string memory, string says) =>
        Assert.Contains(says, await server.ExpectAsync(server.Admin, "POST " + Classes, $$$"""{"metadata":{"name":"c"},"spec":{"cpus":1,"memory":"{{{memory}}}"}}""", 422, "Invalid", "spec.memory"), StringComparison.Ordinal);

    [Theory]
    [InlineData("0")]
    [InlineData("65")]
    [InlineData("1.5")]
    [InlineData(" 4")]
    [InlineData("")]
    public async Task An_overcommit_of_processors_that_is_none(string says)
    {
        const string Field = "metadata.annotations[infra.rempart.dev/cpu-overcommit]";
        var body = """{"metadata":{"name":"h1","annotations":{"infra.rempart.dev/cpu-overcommit":"SAYS"}}}""".Replace("SAYS", says, StringComparison.Ordinal);
        Assert.Contains("must be a whole number of 1 to 64", await server.ExpectAsync(server.Admin, "POST /api/v1/nodes", body, 422, "Invalid", Field), StringComparison.Ordinal);
    }

    public async ValueTask DisposeAsync() => await server.DisposeAsync();
}
