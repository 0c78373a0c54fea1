using System.Globalization;
using Rempart.Api.Audit;
using Rempart.ApiServer.Registry;

namespace Rempart.ApiServer.Tests.Http;

/// <summary>Somebody who may list one project tries for the next one, and for what is read unseen.</summary>
public sealed class TenantStoryTests
{
    private const string Plain = "cGxhaW4taGVyZQ==";

    [Fact]
    public async Task A_forged_continue_key_leads_into_no_other_project()
    {
        await using var server = await TestServer.StartAsync();
        await SecretAsync(server, "default");
        await SecretAsync(server, "kube-system");
        var (_, page) = await server.GetAsync("/api/v1/namespaces/kube-system/secrets");
        var revision = page["metadata"]!["resourceVersion"]!.GetValue<string>();

        var (code, answer) = await server.GetAsync($"/api/v1/namespaces/kube-system/secrets?continue={Key(revision, "a/a")}");
        Assert.Equal(400, code);
        Assert.DoesNotContain(Plain, answer.ToJsonString(), StringComparison.Ordinal);

        var (own, list) = await server.GetAsync($"/api/v1/namespaces/kube-system/secrets?continue={Key(revision, "kube-system/a")}");
        Assert.Equal(200, own);
        Assert.Equal("kube-system", list["items"]!.AsArray().Single()!["metadata"]!["namespace"]!.GetValue<string>());
    }

    [Theory]
    [InlineData("GET", "", null)]
    [InlineData("GET", "/s", null)]
    [InlineData("PATCH", "/s", "{}")]
    [InlineData("PATCH", "/s?dryRun=All", """{"metadata":{"labels":{"a":"b"}}}""")]
    [InlineData("DELETE", "?dryRun=All", null)]
    public async Task However_a_secret_is_read_it_is_recorded(string method, string path, string? body)
    {
        await using var server = await TestServer.StartAsync();
        await SecretAsync(server, "default");
        server.Audit.Records.Clear();

        var (code, answer) = await server.SendAsync(new HttpMethod(method), "/api/v1/namespaces/default/secrets" + path, body, method == "PATCH" ? "application/merge-patch+json" : "application/json");

        Assert.Equal(200, code);
        Assert.Contains(Plain, answer.ToJsonString(), StringComparison.Ordinal);
        var record = Assert.Single(server.Audit.Records);
        Assert.Equal((AuditStage.Outcome, "secrets", "alice"), (record.Stage, record.Resource, record.User));
    }

    [Fact]
    public async Task A_secret_that_can_not_be_changed_is_not_in_the_refusal()
    {
        await using var server = await TestServer.StartAsync();
        await SecretAsync(server, "default", ",\"immutable\":true");

        var (code, refusal) = await server.PatchAsync("/api/v1/namespaces/default/secrets/s", """{"data":{"more":"eA=="}}""");

        Assert.Equal(422, code);
        Assert.DoesNotContain(Plain, refusal.ToJsonString(), StringComparison.Ordinal);
    }

    private static async Task SecretAsync(TestServer server, string ns, string more = "") =>
        Assert.Equal(201, (await server.PostAsync($"/api/v1/namespaces/{ns}/secrets", $$"""{"metadata":{"name":"s"},"data":{"k":"{{Plain}}"}{{more}}}""")).Code);

    private static string Key(string revision, string after) => new ContinueToken(long.Parse(revision, CultureInfo.InvariantCulture), after).ToString();
}
