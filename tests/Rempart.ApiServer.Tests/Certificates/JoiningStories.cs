using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;
using Rempart.Api.Compute;
using Rempart.Api.Infra;
using Rempart.ApiServer.Tests.Authorization;
using static Rempart.ApiServer.Tests.Authorization.SecureServer;

namespace Rempart.ApiServer.Tests.Certificates;

/// <summary>Hosts join, renew, are stolen and are thrown out; people get certificates from one another.</summary>
public sealed class JoiningStories : IAsyncLifetime
{
    private const string Requests = "/apis/certificates.k8s.io/v1/certificatesigningrequests";
    private const string Tokens = "/apis/infra.rempart.dev/v1/nodetokens";
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
    public async Task A_nodes_network_gets_certificates_of_its_own_which_serve_nowhere_else()
    {
        using var key = TestAuthority.Key();
        var (first, second) = (server.ClientOf("system:node:host1", "system:nodes"), server.ClientOf("system:node:host2", "system:nodes"));
        var member = await NetworkAsync(first, "host1", key);
        var host = await NetworkAsync(second, "host2", key);

        Assert.Equal(["CN=host1", server.Authority.Network.Central.Subject, server.Authority.Network.Hosts.Subject], member.Select(c => c.Subject));
        Assert.Equal(["CN=host2", server.Authority.Network.Central.Subject], host.Select(c => c.Subject));
        Assert.Equal(server.Authority.Network.Central.Subject, member[0].Issuer);
        Assert.Equal(server.Authority.Network.Hosts.Subject, host[0].Issuer);
        Assert.Equal("10.1.0.1", member[0].Extensions.OfType<X509SubjectAlternativeNameExtension>().Single().EnumerateIPAddresses().Single().ToString());
        using var shown = member[0].CopyWithPrivateKey(key);
        await RefusedAsync(401, server.Client(shown), HttpMethod.Get, "/api/v1/nodes/host1");

        // Nobody gets another's, and no person approves one.
        await RefusedAsync(403, second, HttpMethod.Post, Requests, Request("a", "CN=host1", key, "rempart.dev/network"));
        await RefusedAsync(403, server.Admin, HttpMethod.Post, Requests, Request("a", "CN=host1", key, "rempart.dev/network"));
        await RefusedAsync(403, server.Client(null, await server.TokenAsync("host1")), HttpMethod.Post, Requests, Request("a", "CN=host1", key, "rempart.dev/network"));
        await RefusedAsync(422, first, HttpMethod.Post, Requests, Request("a", Host1, key, "rempart.dev/network"));

        async Task<X509Certificate2Collection> NetworkAsync(HttpClient client, string node, ECDsa own)
        {
            var signed = await DoAsync(client, HttpMethod.Post, Requests, Request($"network-{node}", $"CN={node}", own, "rempart.dev/network"));
            var all = new X509Certificate2Collection();
            all.ImportFromPem(Encoding.ASCII.GetString(Convert.FromBase64String(signed["status"]!["certificate"]!.GetValue<string>())));
            return all;
        }
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
        var kept = $"{Tokens}/{(await server.TokenAsync("host1")).Split('.')[0]}";
        await RefusedAsync(405, server.Admin, HttpMethod.Patch, kept, """{"spec":{"node":"host2"}}""");
        Assert.Contains("only the server changes tokens", await RefusedAsync(403, server.Admin, HttpMethod.Patch, kept + "/status", """{"status":{"key":"mine"}}"""), StringComparison.Ordinal);
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
    public async Task An_operator_makes_a_token_for_one_node_and_the_server_knows_its_hash_only()
    {
        using var key = TestAuthority.Key();
        using var thief = TestAuthority.Key();
        var token = BootstrapToken.Create();
        var stranger = server.ClientOf("tom");
        await RefusedAsync(403, stranger, HttpMethod.Post, Tokens, Token(token, "host1"));
        await RefusedAsync(422, server.Admin, HttpMethod.Post, Tokens, Token(token, null));
        Assert.Contains("spec.node", await RefusedAsync(422, server.Admin, HttpMethod.Post, Tokens, Token(token, "../Host1")), StringComparison.Ordinal);
        await RefusedAsync(422, server.Admin, HttpMethod.Post, Tokens, Token(token, "host1", seconds: 100_000));
        await RefusedAsync(422, server.Admin, HttpMethod.Post, Tokens, Token(token with { Id = "no-id" }, "host1"));
        var made = await DoAsync(server.Admin, HttpMethod.Post, Tokens, Token(token, "host1"));
        Assert.NotNull(made["status"]!["expiresAt"]);
        Assert.DoesNotContain(token.Secret, made.ToJsonString(), StringComparison.Ordinal);
        await RefusedAsync(403, stranger, HttpMethod.Get, Tokens);

        var holder = server.Client(null, token.Reveal());
        await RefusedAsync(403, holder, HttpMethod.Post, Requests, Request("other", "CN=system:node:host2, O=system:nodes", key));
        (await SignAsync(holder, "join", Host1, key)).Dispose();
        Assert.Contains("used already", await RefusedAsync(403, holder, HttpMethod.Post, Requests, Request("replay", Host1, thief)), StringComparison.Ordinal);
        var used = await DoAsync(server.Admin, HttpMethod.Get, $"{Tokens}/{token.Id}");
        Assert.Equal("host1", used["status"]!["node"]!.GetValue<string>());

        await DoAsync(server.Admin, HttpMethod.Delete, $"{Tokens}/{token.Id}");
        await RefusedAsync(401, holder, HttpMethod.Post, Requests, Request("again", Host1, key));
    }

    [Fact]
    public async Task A_host_has_the_labels_of_its_token_from_its_first_moment_and_keeps_them_when_it_joins_again()
    {
        const string Path = "/api/v1/nodes/host1";
        using var key = TestAuthority.Key();
        var token = BootstrapToken.Create();
        await DoAsync(server.Admin, HttpMethod.Post, Tokens, Token(token, "host1", labels: ("topology.kubernetes.io/zone", "a")));
        var holder = server.Client(null, token.Reveal());
        await SendAsync(holder, HttpMethod.Post, $"{Requests}?dryRun=All", Request("dry", Host1, key));
        await RefusedAsync(404, server.Admin, HttpMethod.Get, Path);

        var node = server.Client(await SignAsync(holder, "join", Host1, key));
        Assert.Equal("a host1 linux", await LabelsAsync());
        await SendAsync(node, HttpMethod.Patch, $"{Path}/status", """{"metadata":{"labels":{"topology.kubernetes.io/zone":"b"}}}""");
        Assert.Equal("a host1 linux", await LabelsAsync());

        // Installed anew: the operator has labelled it since, and the new token names a rack only.
        await DoAsync(server.Admin, HttpMethod.Patch, Path, """{"metadata":{"labels":{"topology.kubernetes.io/zone":"c"}}}""");
        using var next = TestAuthority.Key();
        var again = BootstrapToken.Create();
        await DoAsync(server.Admin, HttpMethod.Post, Tokens, Token(again, "host1", labels: ("rack", "3")));
        (await SignAsync(server.Client(null, again.Reveal()), "again", Host1, next)).Dispose();
        Assert.Equal("c host1 linux 3", await LabelsAsync());

        async Task<string> LabelsAsync()
        {
            var labels = (await DoAsync(server.Admin, HttpMethod.Get, Path))["metadata"]!["labels"]!;
            return string.Join(' ', new[] { "topology.kubernetes.io/zone", "kubernetes.io/hostname", "kubernetes.io/os", "rack" }.Select(label => labels[label]?.ToString()).OfType<string>());
        }
    }

    [Theory]
    [InlineData("kubernetes.io/hostname", "host2", "spec.labels[kubernetes.io/hostname]")]
    [InlineData("no label", "a", "spec.labels")]
    [InlineData("rack", "not a value", "spec.labels")]
    public async Task Labels_that_are_none_or_the_hosts_own_are_refused(string label, string value, string field) =>
        Assert.Contains(field, await RefusedAsync(422, server.Admin, HttpMethod.Post, Tokens, Token(BootstrapToken.Create(), "host1", labels: (label, value))), StringComparison.Ordinal);

    [Fact]
    public async Task A_token_has_a_bounded_number_of_labels() =>
        Assert.Contains("spec.labels", await RefusedAsync(422, server.Admin, HttpMethod.Post, Tokens, Token(BootstrapToken.Create(), "host1", labels: [.. Enumerable.Range(0, 65).Select(i => ($"l{i}", "a"))])), StringComparison.Ordinal);

    [Fact]
    public async Task The_right_to_make_tokens_is_a_role_of_its_own_and_reads_no_secret()
    {
        await DoAsync(server.Admin, HttpMethod.Post, "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings", """
            {"metadata":{"name":"hosts"},"roleRef":{"apiGroup":"rbac.authorization.k8s.io","kind":"ClusterRole","name":"node-operator"},
             "subjects":[{"apiGroup":"rbac.authorization.k8s.io","kind":"User","name":"nora"}]}
            """);
        var nora = server.ClientOf("nora");
        await DoAsync(nora, HttpMethod.Post, Tokens, Token(BootstrapToken.Create(), "host7"));
        await RefusedAsync(403, nora, HttpMethod.Get, "/api/v1/namespaces/kube-system/secrets");
        await RefusedAsync(403, nora, HttpMethod.Post, "/api/v1/nodes", Node("host7"));
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
    public async Task A_node_with_machines_stays_unless_its_host_is_said_to_be_gone_and_joins_again_with_another_token()
    {
        using var key = TestAuthority.Key();
        var node = server.Client(await SignAsync(server.Client(null, await server.TokenAsync("host1")), "join", Host1, key));
        await DoAsync(node, HttpMethod.Post, "/api/v1/nodes", Node("host1"));
        await server.Host.Writer.CreateAsync(new VirtualMachine { Metadata = new() { Namespace = "default", Name = "web" }, Spec = new() { Template = "t", Class = "c" }, Status = new() { NodeName = "host1" } }, CancellationToken.None);

        Assert.Contains("1 machine is bound to it: `default/web`", await RefusedAsync(409, server.Admin, HttpMethod.Delete, "/api/v1/nodes/host1"), StringComparison.Ordinal);
        await DoAsync(node, HttpMethod.Get, "/api/v1/nodes/host1");
        await DoAsync(server.Admin, HttpMethod.Delete, "/api/v1/nodes/host1", """{"apiVersion":"v1","kind":"DeleteOptions","gracePeriodSeconds":0}""");
        await RefusedAsync(401, node, HttpMethod.Get, "/api/v1/nodes/host1");

        using var next = TestAuthority.Key();
        var again = server.Client(await SignAsync(server.Client(null, await server.TokenAsync("host1")), "again", Host1, next));
        await DoAsync(again, HttpMethod.Post, "/api/v1/nodes", Node("host1"));
        await RefusedAsync(401, node, HttpMethod.Get, "/api/v1/nodes/host1");
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

    private static string Token(BootstrapToken token, string? node, int seconds = 600, params (string Key, string Value)[] labels) => new JsonObject
    {
        ["metadata"] = new JsonObject { ["name"] = token.Id },
        ["spec"] = new JsonObject
        {
            ["hash"] = Convert.ToBase64String(token.Hash()), ["node"] = node, ["expirationSeconds"] = seconds,
            ["labels"] = labels.Length == 0 ? null : new JsonObject(labels.Select(label => KeyValuePair.Create(label.Key, (JsonNode?)label.Value))),
        },
    }.ToJsonString();

    private static string Node(string name) => $$$"""{"apiVersion":"v1","kind":"Node","metadata":{"name":"{{{name}}}"}}""";
}
