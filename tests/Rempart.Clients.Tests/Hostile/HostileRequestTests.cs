using System.Globalization;
using System.Net.Security;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Rempart.Clients.Tests.Servers;

namespace Rempart.Clients.Tests.Hostile;

/// <summary>Request lines, headers and connections that no client of good will makes. Each ends with a refusal, or a hang-up where nothing whole was asked, and nothing is written.</summary>
[Trait("level", "real")]
public sealed partial class HostileRequestTests(ServerFixture fixture) : IClassFixture<ServerFixture>
{
    private const string Maps = "/api/v1/namespaces/default/configmaps";

    private RealServer Server => fixture.Server;

    [Theory]
    [InlineData("GET", "/api/v1/namespaces/default/%2e%2e/kube-system/configmaps", "404|400")]
    [InlineData("GET", "/api/v1/namespaces/default/../../../../etc/passwd", "404|400")]
    [InlineData("GET", "/api/v1/namespaces/default%2fconfigmaps/kept", "404|400")]
    [InlineData("GET", "/api/v1/namespaces/default/configmaps%2fkept", "404|400")]
    [InlineData("GET", "/api/v1/namespaces/default/configmaps/kept%00", "404|400")]
    [InlineData("GET", "/api/v1/namespaces/default/configmaps/%c1%abept", "404|400")]
    [InlineData("GET", "/api/v1/namespaces/default/configmaps/kept%ff", "404|400")]
    [InlineData("GET", "/api/v1/namespaces/default/configmaps/%u006bept", "404|400")]
    [InlineData("GET", "/api/v1/namespaces/default/configmaps/kept%", "404|400")]
    [InlineData("GET", "/api/v1//namespaces/default/configmaps", "404|400")]
    [InlineData("GET", "//api/v1/namespaces", "404|400")]
    [InlineData("GET", "/api/v1/namespaces/default/configmaps/.", "404|400")]
    [InlineData("GET", "/api/v1/namespaces/default/configmaps/..%2f..", "404|400")]
    [InlineData("GET", "/api/v1/namespaces/default/configmaps;x=y/kept", "404|400")]
    [InlineData("GET", "/api/v1/namespaces/default/configmaps\\..\\secrets", "404|400")]
    [InlineData("GET", "/API/V1/namespaces/default/configmaps", "404")]
    [InlineData("GET", "/api/v1/a/b/c/d/e/f/g/h/i/j/k/l/m/n/o/p/q/r/s", "404")]
    [InlineData("GET", "api/v1/namespaces", "400")]
    [InlineData("GET", "https://elsewhere.example.com/api/v1/nothing", "400|404")]
    [InlineData("GET", "*", "400|404|405")]
    [InlineData("POST", "/api/v1/namespaces/default/configmaps%2fkept%2f..", "404|405|400")]
    [InlineData("PUT", "/api/v1/namespaces/default/configmaps/x%2f%2e%2e%2fkept", "404|400")]
    [InlineData("DELETE", "/api/v1/namespaces/default/configmaps/kept%00", "404|400")]
    [InlineData("DELETE", "/api/v1/namespaces//configmaps/kept", "404|405|400")]
    [InlineData("TRACE", "/api/v1/namespaces", "405|400|404")]
    [InlineData("CONNECT", "127.0.0.1:22", "405|400|404")]
    [InlineData("OPTIONS", "/api/v1/namespaces", "405|400|404|403")]
    [InlineData("BREW", "/api/v1/namespaces", "405|400|404|403")]
    public async Task A_path_that_tricks_leads_nowhere(string method, string target, string codes)
    {
        var before = await StateAsync();
        await using var connection = await RawConnection.OpenAsync(Server);
        // What would be done at the place that is meant.
        var body = method switch { "POST" => """{"metadata":{"name":"never"}}""", "PUT" => """{"metadata":{"name":"kept"},"data":{"a":"b"}}""", _ => "" };
        await connection.SayAsync(string.Create(CultureInfo.InvariantCulture, $"{method} {target} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {body.Length}\r\nConnection: close\r\n\r\n{body}"));
        Refused(await connection.HearAllAsync(), codes);
        await WellAsync(before);
    }

    [Theory]
    [InlineData("limit=-1", 400, "limit")]
    [InlineData("limit=99999999999999999999", 400, "limit")]
    [InlineData("limit=x", 400, "limit")]
    [InlineData("continue=%00", 400, "continue")]
    [InlineData("continue=AAAA", 400, "continue")]
    [InlineData("resourceVersion=-1", 400, "resourceVersion")]
    [InlineData("resourceVersion=18446744073709551616", 400, "resourceVersion")]
    [InlineData("resourceVersion=999999999", 504, "Too large resource version")]
    [InlineData("watch=true&resourceVersion=999999999", 504, "Too large resource version")]
    [InlineData("watch=true&timeoutSeconds=x", 400, "timeoutSeconds")]
    [InlineData("watch=true&sendInitialEvents=true", 422, "sendInitialEvents")]
    [InlineData("resourceVersionMatch=Sideways&resourceVersion=1", 422, "resourceVersionMatch")]
    [InlineData("labelSelector=%00", 400, "unable to parse requirement: key")]
    [InlineData("labelSelector=a%20in%20((", 400, "unable to parse requirement: found '('")]
    [InlineData("fieldSelector=metadata.name", 400, "invalid selector: 'metadata.name'")]
    [InlineData("fieldSelector=status.nothing%3Dx", 400, "field selector")]
    [InlineData("dryRun=Some", 400, "dryRun", "POST")]
    [InlineData("fieldValidation=Perhaps", 400, "fieldValidation", "POST")]
    [InlineData("fieldManager=%00", 422, "fieldManager", "POST")]
    [InlineData("propagationPolicy=Sideways", 422, "propagationPolicy", "DELETE")]
    [InlineData("gracePeriodSeconds=x", 400, "gracePeriodSeconds", "DELETE")]
    public async Task A_query_that_is_wrong_is_refused_with_its_name(string query, int code, string says, string method = "GET")
    {
        var before = await StateAsync();
        var client = Server.Client();
        using var request = new HttpRequestMessage(new HttpMethod(method), $"{Maps}{(method == "DELETE" ? "/kept" : "")}?{query}") { Version = client.DefaultRequestVersion, VersionPolicy = client.DefaultVersionPolicy };
        if (method == "POST") request.Content = new StringContent("""{"metadata":{"name":"never"}}""", Encoding.UTF8, "application/json");
        using var response = await client.SendAsync(request, TestContext.Current.CancellationToken);
        var text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.True((int)response.StatusCode == code, $"{(int)response.StatusCode} {text}");
        using var status = JsonDocument.Parse(text);
        Assert.Equal("Status", status.RootElement.GetProperty("kind").GetString());
        var message = status.RootElement.GetProperty("message").GetString();
        Assert.Contains(says, message!, StringComparison.Ordinal);
        await WellAsync(before);
    }

    [Theory]
    [InlineData("a length that is less than what comes", "POST /x HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\n{\"metadata\":{}}\r\n\r\n", "400,400")]
    [InlineData("a length below nothing", "POST /x HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n")]
    [InlineData("a length beyond numbers", "POST /x HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999\r\n\r\n")]
    [InlineData("two lengths", "POST /x HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\n{}..")]
    [InlineData("a length and chunks", "POST /x HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /api HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")]
    [InlineData("chunks of another coding", "POST /x HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip, identity\r\n\r\n0\r\n\r\nGET /api HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")]
    [InlineData("a chunk of no size", "POST /x HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n")]
    [InlineData("a chunk larger than all", "POST /x HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n{}\r\n0\r\n\r\n")]
    [InlineData("no host", "GET /api HTTP/1.1\r\n\r\n")]
    [InlineData("two hosts", "GET /api HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n")]
    [InlineData("a header that is folded", "GET /api HTTP/1.1\r\nHost: x\r\nX-A: b\r\n c\r\n\r\n")]
    [InlineData("a header with NUL", "GET /api HTTP/1.1\r\nHost: x\r\nX-A: b\0c\r\n\r\n")]
    [InlineData("a header without a name", "GET /api HTTP/1.1\r\nHost: x\r\n: b\r\n\r\n")]
    [InlineData("a version of tomorrow", "GET /api HTTP/9.9\r\nHost: x\r\n\r\n", "505")]
    [InlineData("no version", "GET /api\r\n\r\n")]
    [InlineData("noise", "\u0001\u0002\u0003\u0004 \r\n\r\n")]
    [InlineData("the preface of HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "505")]
    public async Task What_is_no_HTTP_is_refused_once(string what, string said, string codes = "400")
    {
        var before = await StateAsync();
        await using var connection = await RawConnection.OpenAsync(Server);
        await connection.SayAsync(said.Replace("/x HTTP", $"{Maps} HTTP", StringComparison.Ordinal));
        var heard = await connection.HearAllAsync();
        // A second answer would be that to a request that somebody hid in the first one's body.
        Assert.True(codes == string.Join(',', Answers().Matches(heard).Select(answer => answer.Groups[1].Value)), $"{what}: {heard}");
        await WellAsync(before);
    }

    [Fact]
    public async Task A_body_that_ends_before_its_length_is_written_nowhere()
    {
        var before = await StateAsync();
        await using (var connection = await RawConnection.OpenAsync(Server))
        {
            await connection.SayAsync($"POST {Maps} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 3000\r\n\r\n{{\"metadata\":{{\"name\":\"half\"}}}}");
        }

        await WellAsync(before);
    }

    [Fact]
    public async Task Headers_beyond_number_or_size_are_431_or_a_hang_up()
    {
        var before = await StateAsync();
        foreach (var headers in (string[])[string.Concat(Enumerable.Range(0, 10_000).Select(i => string.Create(CultureInfo.InvariantCulture, $"X-{i}: y\r\n"))), $"X-A: {new string('a', 1024 * 1024)}\r\n"])
        {
            await using var connection = await RawConnection.OpenAsync(Server);
            await connection.SayAsync($"GET /api HTTP/1.1\r\nHost: x\r\n{headers}\r\n");
            var heard = await connection.HearAllAsync();
            Assert.True(heard.Length == 0 || heard.StartsWith("HTTP/1.1 431 ", StringComparison.Ordinal), heard);
        }

        await using var line = await RawConnection.OpenAsync(Server);
        await line.SayAsync($"GET /api/{new string('a', 100_000)} HTTP/1.1\r\nHost: x\r\n\r\n");
        Assert.Matches("^$|^HTTP/1.1 414 ", await line.HearAllAsync());
        await WellAsync(before);
    }

    [Fact]
    public async Task Who_says_half_a_request_and_no_more_is_hung_up_on()
    {
        var before = await StateAsync();
        await using var head = await RawConnection.OpenAsync(Server);
        await head.SayAsync("GET /api HTTP/1.1\r\nHost:");
        await using var body = await RawConnection.OpenAsync(Server);
        await body.SayAsync($"POST {Maps} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 3000\r\n\r\n{{\"meta");
        await using var frames = await RawConnection.OpenAsync(Server, SslApplicationProtocol.Http2);
        // HTTP/2: its preface, settings, and the first half of a frame of headers.
        await frames.SayAsync([.. "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8, 0, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0, 64, 1, 4, 0, 0, 0, 1, 0x82]);
        Assert.Matches("^$|^HTTP/1.1 408 ", await head.HearAllAsync());
        Assert.Matches("^$|^HTTP/1.1 4\\d\\d ", await body.HearAllAsync());
        // Nobody has answered what was not asked, and the last word is GOAWAY.
        var types = FrameTypes(await frames.HearAllAsync());
        Assert.DoesNotContain(types, type => type is 0 or 1);
        Assert.Equal(7, types[^1]);
        await WellAsync(before);
    }

    // RFC 9113, section 4.1: three bytes of length, one of type, five more, and so many as the length says.
    private static List<int> FrameTypes(string heard)
    {
        var types = new List<int>();
        for (var at = 0; at < heard.Length; at += 9 + ((heard[at] << 16) | (heard[at + 1] << 8) | heard[at + 2])) types.Add(heard[at + 3]);
        return types;
    }

    private static void Refused(string heard, string codes)
    {
        var answer = Answers().Match(heard);
        Assert.True(answer is { Success: true, Index: 0 } && codes.Split('|').Contains(answer.Groups[1].Value), heard);
    }

    private async Task<string> StateAsync()
    {
        var client = Server.Client();
        using var content = new StringContent("""{"metadata":{"name":"kept"}}""", Encoding.UTF8, "application/json");
        using var request = new HttpRequestMessage(HttpMethod.Post, Maps) { Version = client.DefaultRequestVersion, VersionPolicy = client.DefaultVersionPolicy, Content = content };
        using var made = await client.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.True((int)made.StatusCode is 201 or 409, $"{(int)made.StatusCode}");
        using var list = JsonDocument.Parse(await client.GetStringAsync(Maps, TestContext.Current.CancellationToken));
        return list.RootElement.GetProperty("items").GetRawText();
    }

    private async Task WellAsync(string before)
    {
        Assert.True(Server.Runs, Server.Log);
        Assert.Equal(before, await StateAsync());
    }

    // Not at the start of a line alone: a body before it need not end with one.
    [GeneratedRegex(@"HTTP/1\.[01] (\d{3}) ")]
    private static partial Regex Answers();
}
