using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Rempart.Clients.Tests.Servers;
using Xunit.Sdk;

namespace Rempart.Clients.Tests.Hostile;

/// <summary>
/// Every verb with every content type against bodies that nobody may get through: each is refused with a Status that says why, nothing is written,
/// and the server is there afterwards with about the memory it had.
/// </summary>
[Trait("level", "real")]
public sealed class HostileBodyTests(ServerFixture fixture) : IClassFixture<ServerFixture>
{
    private const string Json = "application/json", Yaml = "application/yaml", Protobuf = "application/vnd.kubernetes.protobuf";
    private const string JsonPatch = "application/json-patch+json", Merge = "application/merge-patch+json", Strategic = "application/strategic-merge-patch+json", Apply = "application/apply-patch+yaml";
    private const long MostGrowth = 256 * 1024 * 1024;

    private RealServer Server => fixture.Server;

    public static TheoryData<string, string> Requests() => new()
    {
        { "POST", Json }, { "POST", Yaml }, { "POST", Protobuf }, { "PUT", Json }, { "PUT", Yaml }, { "PUT", Protobuf },
        { "PATCH", JsonPatch }, { "PATCH", Merge }, { "PATCH", Strategic }, { "PATCH", Apply },
        { "DELETE", Json }, { "DELETE", Yaml }, { "DELETECOLLECTION", Json },
    };

    [Theory]
    [MemberData(nameof(Requests))]
    public async Task No_verb_takes_a_hostile_body(string verb, string type)
    {
        var project = $"hostile-{verb.ToLowerInvariant()}-{type.Split('/', '.', '-', '+')[^1]}-{type.Length.ToString(CultureInfo.InvariantCulture)}";
        var client = Server.Client();
        await MustAsync(client, HttpMethod.Post, "/api/v1/namespaces", $$$"""{"metadata":{"name":"{{{project}}}"}}""");
        var maps = $"/api/v1/namespaces/{project}/configmaps";
        await MustAsync(client, HttpMethod.Post, maps, """{"metadata":{"name":"target","finalizers":["a.example.com/b"]},"data":{"kept":"yes"}}""");
        var (before, memory) = (await ItemsAsync(client, maps), Server.ResidentBytes);
        var problems = new List<string>();
        foreach (var body in Bodies(type, verb))
        {
            var (code, answer) = await SendAsync(client, verb, maps, type, body.Bytes);
            if (Problem(code, answer, body.Says) is { } problem) problems.Add($"{body.Name}: {problem}");
        }

        Assert.True(Server.Runs, Server.Log);
        var after = await ItemsAsync(client, maps);
        if (before != after) problems.Add($"something was written: {after[..Math.Min(after.Length, 2000)]}");
        if (Server.ResidentBytes > memory + MostGrowth) problems.Add(string.Create(CultureInfo.InvariantCulture, $"the server grew from {memory >> 20} to {Server.ResidentBytes >> 20} MiB"));
        if (problems.Count > 0) throw new XunitException($"{verb} {type}:\n{string.Join('\n', problems)}");
    }

    [Theory]
    [InlineData("POST", "text/plain")]
    [InlineData("POST", "application/merge-patch+json")]
    [InlineData("POST", "application/cbor")]
    [InlineData("PUT", "application/json-patch+json")]
    [InlineData("PUT", "multipart/form-data; boundary=x")]
    [InlineData("PATCH", "application/json")]
    [InlineData("PATCH", "application/yaml")]
    [InlineData("PATCH", "")]
    [InlineData("PATCH", "application/apply-patch+cbor")]
    [InlineData("DELETE", "application/x-www-form-urlencoded")]
    public async Task A_content_type_of_another_verb_is_415(string verb, string type)
    {
        var (code, answer) = await SendAsync(Server.Client(), verb, "/api/v1/namespaces/default/configmaps", type, "{}"u8.ToArray());
        Assert.Equal(415, code);
        Assert.Null(Problem(code, answer, "application/"));
    }

    private static IEnumerable<HostileBody> Bodies(string type, string verb)
    {
        // Options are another kind: each document is wrong for them by its fields alone.
        if (verb.StartsWith("DELETE", StringComparison.Ordinal))
        {
            return
            [
                .. HostileDocuments.Broken.Where(body => body.Bytes.Length > 0).Select(body => body with { Says = "" }), .. type == Yaml ? HostileSyntax.Yaml.Select(body => body with { Says = "" }) : [],
                .. HostileDocuments.Wrong.Select(body => body with { Says = "" }),
                new("a propagation that is none", """{"propagationPolicy":"Sideways"}""", "Sideways"),
                new("both old and new options", """{"propagationPolicy":"Orphan","orphanDependents":true}""", "propagationPolicy"),
                new("a grace beyond numbers", """{"gracePeriodSeconds":1e999}""", "gracePeriodSeconds"),
                new("preconditions of another object", """{"preconditions":{"uid":"00000000-0000-0000-0000-000000000000"}}""", verb == "DELETE" ? "UID" : ""),
                new("a trial of nothing", """{"dryRun":["Some"]}""", "dryRun"),
                new("an unknown option", """{"force":true}""", "force"),
            ];
        }

        return type switch
        {
            Yaml or Apply => [.. HostileDocuments.Wrong, .. HostileDocuments.Broken, .. HostileSyntax.Yaml],
            Protobuf => [.. HostileSyntax.Protobuf, .. HostileDocuments.Broken.Where(body => body.Bytes.Length < 1024 * 1024).Select(body => body with { Says = "" })],
            JsonPatch => [.. HostileSyntax.JsonPatch, .. HostileDocuments.Broken, .. HostileDocuments.Wrong.Select(Root)],
            Strategic => [.. HostileDocuments.Wrong, .. HostileDocuments.Broken, .. HostileSyntax.Strategic],
            _ => [.. HostileDocuments.Wrong, .. HostileDocuments.Broken],
        };
    }

    // The whole document replaced.
    private static HostileBody Root(HostileBody body) => body with { Bytes = [.. "[{\"op\":\"replace\",\"path\":\"\",\"value\":"u8, .. body.Bytes, .. "}]"u8] };

    private static async Task<(int Code, string Answer)> SendAsync(HttpClient client, string verb, string collection, string type, byte[] body)
    {
        var path = verb switch { "POST" => collection, "DELETECOLLECTION" => collection, _ => $"{collection}/target" };
        if (type == Apply) path += "?fieldManager=hostile";
        using var request = new HttpRequestMessage(new HttpMethod(verb == "DELETECOLLECTION" ? "DELETE" : verb), path) { Version = client.DefaultRequestVersion, VersionPolicy = client.DefaultVersionPolicy, Content = new ByteArrayContent(body) };
        if (type.Length > 0) request.Content.Headers.TryAddWithoutValidation("Content-Type", type);
        try
        {
            using var response = await client.SendAsync(request, TestContext.Current.CancellationToken);
            return ((int)response.StatusCode, await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        }
        catch (HttpRequestException broken)
        {
            return (0, $"{broken.Message} {broken.InnerException?.Message}");
        }
    }

    // Null when it is a refusal as it should be.
    private static string? Problem(int code, string answer, string says)
    {
        // Who is turned away for who it is, or for how often it comes, has not been heard.
        if (code is < 400 or >= 500 or 401 or 403 or 429) return string.Create(CultureInfo.InvariantCulture, $"{code} {answer[..Math.Min(answer.Length, 300)]}");
        try
        {
            using var status = JsonDocument.Parse(answer);
            var root = status.RootElement;
            if (root.GetProperty("kind").GetString() != "Status" || root.GetProperty("status").GetString() != "Failure" || root.GetProperty("code").GetInt32() != code) return $"no Status of {code}: {answer}";
            if (string.IsNullOrEmpty(root.GetProperty("message").GetString()) || string.IsNullOrEmpty(root.GetProperty("reason").GetString())) return $"no message or reason: {answer}";
        }
        catch (Exception other) when (other is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            return $"no Status: {code} {answer[..Math.Min(answer.Length, 300)]}";
        }

        // Neither who reads it nor the logs can use a message of a body's size.
        if (answer.Length > 64 * 1024) return string.Create(CultureInfo.InvariantCulture, $"an answer of {answer.Length} characters");
        return says.Length == 0 || Regex.IsMatch(answer, says, RegexOptions.IgnoreCase, TimeSpan.FromSeconds(5)) ? null : $"does not say `{says}`: {code} {answer[..Math.Min(answer.Length, 400)]}";
    }

    private static async Task<string> ItemsAsync(HttpClient client, string path)
    {
        using var list = JsonDocument.Parse(await client.GetStringAsync(path, TestContext.Current.CancellationToken));
        return list.RootElement.GetProperty("items").GetRawText();
    }

    private static async Task MustAsync(HttpClient client, HttpMethod method, string path, string body)
    {
        using var content = new StringContent(body, Encoding.UTF8, new MediaTypeHeaderValue(Json));
        using var request = new HttpRequestMessage(method, path) { Version = client.DefaultRequestVersion, VersionPolicy = client.DefaultVersionPolicy, Content = content };
        using var response = await client.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }
}
