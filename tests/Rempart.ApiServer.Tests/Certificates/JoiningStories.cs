using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;
using Rempart.ApiServer.Tests.Authorization;
using static Rempart.ApiServer.Tests.Authorization.SecureServer;

namespace Rempart.ApiServer.Tests.Certificates;

/// <summary>Hosts join, renew, are stolen and are thrown out; people get certificates from one another.</summary>
public sealed class JoiningStories : IAsyncLifetime
{
    private const string Requests = "/apis/certificates.k8s.io/v1/certificatesigningrequests";
    private const string Host1 = "CN=system:node:host1, O=system:nodes";
    private SecureServer server = null!;

    public async ValueTask InitializeAsync() => server = await SecureServer.StartAsync();

    [Fact]
    public async Task A_node_joins_with_its_token_and_renews_with_its_certificate()
    {
        using var key = TestAuthority.Key();
        var holder = server.Client(null, await server.TokenAsync("host1"));

        var node = server.Client(await SignAsync(holder, "join", Host1, key));
        await DoAsync(node, HttpMethod.Post, "/api/v1/nodes", Node("host1"));
        using var next = TestAuthority.Key();
        using var renewed = await SignAsync(node, "renew", Host1, next);

        Assert.Equal("host1", (await DoAsync(server.Client(renewed), HttpMethod.Get, "/api/v1/nodes/host1"))["metadata"]!["name"]!.GetValue<string>());
    }

    [Fact]
    public async Task A_certificate_is_what_the_signer_makes_it_whatever_the_request_says()
    {
        using var key = TestAuthority.Key();
        using var certificate = await SignAsync(server.Client(null, await server.TokenAsync(null)), "join", Host1, key);

        Assert.False(certificate.Extensions.OfType<X509BasicConstraintsExtension>().Single().CertificateAuthority);
        Assert.Equal(["1.3.6.1.5.5.7.3.2"], certificate.Extensions.OfType<X509EnhancedKeyUsageExtension>().Single().EnhancedKeyUsages.Cast<Oid>().Select(o => o.Value));
        Assert.True(certificate.NotAfter.ToUniversalTime() < TimeProvider.System.GetUtcNow().AddHours(25).UtcDateTime);
    }

    [Fact]
    public async Task A_used_token_serves_nobody_else()
    {
        using var owner = TestAuthority.Key();
        using var thief = TestAuthority.Key();
        var holder = server.Client(null, await server.TokenAsync(null));
        (await SignAsync(holder, "first", Host1, owner)).Dispose();

        // Its owner's answer was lost: asked again with the same key.
        (await SignAsync(holder, "again", Host1, owner)).Dispose();
        Assert.Contains("used already", await RefusedAsync(403, holder, HttpMethod.Post, Requests, Request("stolen", Host1, thief)), StringComparison.Ordinal);
        await RefusedAsync(403, holder, HttpMethod.Post, Requests, Request("other", "CN=system:node:host2, O=system:nodes", owner));
    }

    [Fact]
    public async Task Who_may_write_secrets_and_maps_can_forge_no_token_and_bring_no_certificate_back()
    {
        const string System = "/api/v1/namespaces/kube-system";
        var hash = Convert.ToBase64String(new byte[32]);
        foreach (var (name, type) in new[] { ("bootstrap-token-aaaaaa", "Opaque"), ("innocent", "rempart.dev/bootstrap-token"), ("bootstrap-token-bbbbbb", "rempart.dev/bootstrap-token") })
        {
            var why = await RefusedAsync(403, server.Admin, HttpMethod.Post, $"{System}/secrets", $$$"""{"apiVersion":"v1","kind":"Secret","metadata":{"name":"{{{name}}}"},"type":"{{{type}}}","data":{"hash":"{{{hash}}}"} }""");
            Assert.Contains("only the server writes bootstrap tokens", why, StringComparison.Ordinal);
        }
        await DoAsync(server.Admin, HttpMethod.Post, $"{System}/secrets", """{"apiVersion":"v1","kind":"Secret","metadata":{"name":"mine"},"type":"Opaque","data":{}}""");

        var kept = $"{System}/secrets/bootstrap-token-{(await server.TokenAsync("host1")).Split('.')[0]}";
        await RefusedAsync(403, server.Admin, HttpMethod.Patch, kept, $$$"""{"data":{"hash":"{{{hash}}}"} }""");
        await DoAsync(server.Admin, HttpMethod.Delete, kept);

        using var key = TestAuthority.Key();
        var node = server.Client(await SignAsync(server.Client(null, await server.TokenAsync("host1")), "join", Host1, key));
        await DoAsync(node, HttpMethod.Post, "/api/v1/nodes", Node("host1"));
        await DoAsync(server.Admin, HttpMethod.Delete, "/api/v1/nodes/host1");
        const string List = $"{System}/configmaps/revoked-certificates";
        Assert.Contains("only the server writes the list", await RefusedAsync(403, server.Admin, HttpMethod.Delete, List), StringComparison.Ordinal);
        await RefusedAsync(403, server.Admin, HttpMethod.Patch, List, """{"data":null}""");
        await RefusedAsync(401, node, HttpMethod.Get, "/api/v1/nodes/host1");
    }

    [Fact]
    public async Task A_token_serves_its_node_and_nothing_but_joining()
    {
        using var key = TestAuthority.Key();
        var holder = server.Client(null, await server.TokenAsync("host1"));

        await RefusedAsync(403, holder, HttpMethod.Post, Requests, Request("a", "CN=system:node:host2, O=system:nodes", key));
        await RefusedAsync(422, holder, HttpMethod.Post, Requests, Request("a", "CN=admin, O=rempart:administrators", key));
        await RefusedAsync(403, holder, HttpMethod.Post, Requests, Request("a", "CN=admin, O=rempart:administrators", key, "rempart.dev/client"));
        await RefusedAsync(403, holder, HttpMethod.Get, "/api/v1/nodes");
        await RefusedAsync(403, holder, HttpMethod.Get, Requests);
        await RefusedAsync(401, server.Client(null, "aaaaaaaa.bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"), HttpMethod.Post, Requests, Request("a", Host1, key));
    }

    [Fact]
    public async Task A_stolen_node_reaches_neither_other_nodes_nor_secrets_nor_other_names()
    {
        using var key = TestAuthority.Key();
        var node = server.ClientOf("system:node:host1", "system:nodes");
        await DoAsync(node, HttpMethod.Post, "/api/v1/nodes", Node("host1"));
        await DoAsync(server.Admin, HttpMethod.Post, "/api/v1/nodes", Node("host2"));

        Assert.Contains("`host1`", await RefusedAsync(403, node, HttpMethod.Get, "/api/v1/nodes/host2"), StringComparison.Ordinal);
        await RefusedAsync(403, node, HttpMethod.Post, "/api/v1/nodes", Node("host3"));
        await RefusedAsync(403, node, HttpMethod.Get, "/api/v1/namespaces/kube-system/secrets");
        await RefusedAsync(403, node, HttpMethod.Get, "/apis/compute.rempart.dev/v1/virtualmachines");
        await RefusedAsync(403, node, HttpMethod.Get, "/apis/compute.rempart.dev/v1/virtualmachines?fieldSelector=status.nodeName%3Dhost2");
        await RefusedAsync(403, node, HttpMethod.Post, Requests, Request("a", "CN=system:node:host2, O=system:nodes", key));
        await DoAsync(node, HttpMethod.Get, "/apis/compute.rempart.dev/v1/virtualmachines?fieldSelector=status.nodeName%3Dhost1");
    }

    [Fact]
    public async Task A_deleted_node_is_out_at_once_with_the_connection_it_has()
    {
        var node = server.ClientOf("system:node:host1", "system:nodes");
        await DoAsync(node, HttpMethod.Post, "/api/v1/nodes", Node("host1"));
        await DoAsync(server.Admin, HttpMethod.Delete, "/api/v1/nodes/host1");

        Assert.Contains("deleted", await RefusedAsync(401, node, HttpMethod.Get, "/api/v1/nodes/host1"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Wrong_authorities_ended_certificates_and_no_credential_at_all_are_refused()
    {
        using var other = TestAuthority.Create(TimeProvider.System);
        using var foreign = TestAuthority.Client(other, "admin", TimeSpan.FromHours(1), "rempart:administrators");
        using var ended = TestAuthority.Client(server.Authority, "admin", TimeSpan.FromSeconds(-30), "rempart:administrators");

        Assert.Contains("not issued by this cluster", await RefusedAsync(401, server.Client(foreign), HttpMethod.Get, "/api/v1/nodes"), StringComparison.Ordinal);
        Assert.Contains("expired", await RefusedAsync(401, server.Client(ended), HttpMethod.Get, "/api/v1/nodes"), StringComparison.Ordinal);
        await RefusedAsync(401, server.Client(null), HttpMethod.Get, "/api/v1/nodes");
        await RefusedAsync(401, server.Client(null), HttpMethod.Get, "/apis");
        await DoAsync(server.Client(null), HttpMethod.Get, "/version");
    }

    [Fact]
    public async Task A_persons_certificate_is_given_by_another_person()
    {
        using var key = TestAuthority.Key();
        var request = Request("carol", "CN=carol, O=team", key, "rempart.dev/client");
        await DoAsync(server.Admin, HttpMethod.Post, Requests, request);
        var approve = """{"status":{"conditions":[{"type":"Approved","status":"True","reason":"Known","message":"I know her"}]}}""";

        await RefusedAsync(403, server.Admin, HttpMethod.Patch, $"{Requests}/carol/approval", approve);
        var approved = await DoAsync(server.Officer, HttpMethod.Patch, $"{Requests}/carol/approval", approve);
        using var certificate = Certificate(approved, key);
        var who = await DoAsync(server.Client(certificate), HttpMethod.Post, "/apis/authentication.k8s.io/v1/selfsubjectreviews", """{"apiVersion":"authentication.k8s.io/v1","kind":"SelfSubjectReview"}""");
        Assert.Equal("carol", who["status"]!["userInfo"]!["username"]!.GetValue<string>());
        await RefusedAsync(403, server.Officer, HttpMethod.Patch, $"{Requests}/carol/approval", """{"status":{"conditions":[{"type":"Denied","status":"True"}]}}""");
    }

    [Fact]
    public async Task An_officer_does_not_give_certificates_to_themselves()
    {
        using var key = TestAuthority.Key();
        var approve = """{"status":{"conditions":[{"type":"Approved","status":"True"}]}}""";
        await DoAsync(server.Admin, HttpMethod.Post, Requests, Request("olga", "CN=olga, O=rempart:administrators", key, "rempart.dev/client"));

        Assert.Contains("somebody else", await RefusedAsync(403, server.Officer, HttpMethod.Patch, $"{Requests}/olga/approval", approve), StringComparison.Ordinal);
        await SendAsync(server.Admin, HttpMethod.Patch, $"{Requests}/olga/status", """{"status":{"certificate":"aGVsbG8="}}""");
        Assert.Null((await DoAsync(server.Admin, HttpMethod.Get, $"{Requests}/olga"))["status"]?["certificate"]);
    }

    public async ValueTask DisposeAsync() => await server.DisposeAsync();

    private static async Task<X509Certificate2> SignAsync(HttpClient client, string name, string subject, ECDsa key) =>
        Certificate(await DoAsync(client, HttpMethod.Post, Requests, Request(name, subject, key)), key);

    private static X509Certificate2 Certificate(JsonObject signed, ECDsa key)
    {
        using var certificate = X509Certificate2.CreateFromPem(Encoding.ASCII.GetString(Convert.FromBase64String(signed["status"]!["certificate"]!.GetValue<string>())));
        return certificate.CopyWithPrivateKey(key);
    }

    private static string Request(string name, string subject, ECDsa key, string signer = "rempart.dev/node") => new JsonObject
    {
        ["apiVersion"] = "certificates.k8s.io/v1",
        ["kind"] = "CertificateSigningRequest",
        ["metadata"] = new JsonObject { ["name"] = name },
        ["spec"] = new JsonObject { ["request"] = Convert.ToBase64String(TestAuthority.Request(subject, key)), ["signerName"] = signer, ["usages"] = new JsonArray("digital signature", "client auth") },
    }.ToJsonString();

    private static string Node(string name) => $$$"""{"apiVersion":"v1","kind":"Node","metadata":{"name":"{{{name}}}"}}""";
}
