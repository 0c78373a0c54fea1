using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;
using Rempart.ApiServer.Tests.Authorization;
using Rempart.ApiServer.Tests.Http;
using static Rempart.ApiServer.Tests.Authorization.SecureServer;

namespace Rempart.ApiServer.Tests.Certificates;

/// <summary>Certificate requests for signers that are not this cluster's: kept, decided and signed by whoever holds the rights on that signer.</summary>
public sealed class SignerStories : IAsyncLifetime
{
    private const string Requests = "/apis/certificates.k8s.io/v1/certificatesigningrequests";
    private const string Approve = """{"status":{"conditions":[{"type":"Approved","status":"True","reason":"Known"}]}}""";

    private readonly ECDsa key = TestAuthority.Key();
    private SecureServer server = null!;

    public async ValueTask InitializeAsync()
    {
        server = await SecureServer.StartAsync();
        await GrantAsync("approver", ["approve"], "example.com/*", "update", "patch", "certificatesigningrequests/approval");
        await GrantAsync("signer", ["sign"], "example.com/web", "update", "patch", "certificatesigningrequests/status");
        await GrantAsync("other", ["sign", "approve"], "example.org/web", "update", "patch", "certificatesigningrequests/status");
    }

    public async ValueTask DisposeAsync()
    {
        await server.DisposeAsync();
        key.Dispose();
    }

    [Fact]
    public async Task Whoever_holds_approve_on_the_signer_decides_and_whoever_holds_sign_signs()
    {
        var made = await DoAsync(server.Admin, HttpMethod.Post, Requests, Request("web"));
        Assert.Equal("admin", (string?)made["spec"]!["username"]);
        Assert.Null(made["status"]?["certificate"]);
        var (approver, signer) = (server.ClientOf("approver"), server.ClientOf("signer"));
        Assert.Contains("may not approve for signer `example.com/web`", await RefusedAsync(403, server.Admin, HttpMethod.Patch, $"{Requests}/web/approval", Approve), StringComparison.Ordinal);
        Assert.Contains("may not sign for signer `example.com/web`", await RefusedAsync(403, server.ClientOf("other"), HttpMethod.Patch, $"{Requests}/web/status", Status()), StringComparison.Ordinal);
        var approved = await DoAsync(approver, HttpMethod.Patch, $"{Requests}/web/approval", Approve);
        Assert.NotNull(approved["status"]!["conditions"]![0]!["lastTransitionTime"]);
        Assert.Null(approved["status"]!["certificate"]);

        // Decisions stay, and are not the signer's to make.
        await RefusedAsync(422, approver, HttpMethod.Patch, $"{Requests}/web/approval", """{"status":{"conditions":[{"type":"Approved","status":"True"},{"type":"Denied","status":"True"}]}}""");
        await RefusedAsync(422, approver, HttpMethod.Patch, $"{Requests}/web/approval", """{"status":{"conditions":[]}}""");
        await RefusedAsync(422, approver, HttpMethod.Patch, $"{Requests}/web/approval", """{"status":{"conditions":[{"type":"Approved","status":"False"}]}}""");
        Assert.Contains("through `status`", await RefusedAsync(422, signer, HttpMethod.Patch, $"{Requests}/web/status", """{"status":{"conditions":[{"type":"Approved","status":"True","reason":"Mine"}]}}"""), StringComparison.Ordinal);
        await RefusedAsync(422, signer, HttpMethod.Patch, $"{Requests}/web/status", """{"status":{"certificate":"aGVsbG8="}}""");
        var wrong = Convert.ToBase64String(Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat(PemEncoding.WriteString("X", []) + "\n", 5000))));
        var refused = await RefusedAsync(422, signer, HttpMethod.Patch, $"{Requests}/web/status", $$$"""{"status":{"certificate":"{{{wrong}}}"}}""");
        Assert.Equal(2, refused.Split("only CERTIFICATE PEM blocks are allowed").Length);

        var signed = await DoAsync(signer, HttpMethod.Patch, $"{Requests}/web/status", Status());
        Assert.NotNull(signed["status"]!["certificate"]);
        Assert.Equal("Approved", (string?)signed["status"]!["conditions"]![0]!["type"]);
        Assert.Contains("updates may not modify existing certificate content", await RefusedAsync(422, signer, HttpMethod.Patch, $"{Requests}/web/status", """{"status":{"certificate":null}}"""), StringComparison.Ordinal);
        var kept = await DoAsync(server.Admin, HttpMethod.Patch, $"{Requests}/web", """{"spec":{"signerName":"rempart.dev/client"},"status":{"certificate":null}}""");
        Assert.Equal("example.com/web", (string?)kept["spec"]!["signerName"]);
        Assert.NotNull(kept["status"]!["certificate"]);

        await DoAsync(server.Admin, HttpMethod.Post, Requests, Request("failed"));
        var failed = await DoAsync(signer, HttpMethod.Patch, $"{Requests}/failed/status", """{"status":{"conditions":[{"type":"Failed","status":"True","reason":"NoSuchHost"}]}}""");
        Assert.Equal("Failed", (string?)failed["status"]!["conditions"]![0]!["type"]);
    }

    [Fact]
    public async Task Requests_for_others_are_held_to_kubernetes_rules()
    {
        foreach (var (request, says) in new[]
        {
            (Request("x", signer: "kubernetes.io/kubelet-serving"), "does not exist"),
            (Request("x", signer: "rempart.dev/other"), "does not exist"),
            (Request("x", signer: "nodomain/web"), "must be a fully qualified domain and path"),
            (Request("x", signer: "example.com"), "must be a fully qualified domain and path"),
            (Request("x", signer: "example.com/"), "must be a fully qualified domain and path"),
            (Request("x", usages: []), "Required value"),
            (Request("x", usages: ["server auth", "server auth"]), "Duplicate value"),
            (Request("x", usages: ["world domination"]), "Unsupported value"),
            (Request("x", seconds: 599), "less than 600 seconds"),
            (Request("x", request: "aGVsbG8="), "spec.request"),
        })
        {
            Assert.Contains(says, await RefusedAsync(422, server.Admin, HttpMethod.Post, Requests, request), StringComparison.Ordinal);
        }

        await RefusedAsync(422, server.ClientOf("system:node:host1", "system:nodes"), HttpMethod.Post, Requests, Request("x"));
    }

    // Made by openssl 3: `req -new -newkey ed25519`, a request on a curve that is spelled out (brainpoolP256r1), and one with `-sha3-256`.
    [Theory]
    [InlineData(true, "MIGPMEMCAQAwEDEOMAwGA1UEAwwFYWxpY2UwKjAFBgMrZXADIQDi0E9hRtq8RyNTRsjKnI4JqLNZ91qIdbuEuNL55PlkuaAAMAUGAytlcANBAGiG/KTLtUnDjSiQtkpapf/t/xqsHYXZ8I8EFsXVsR89HMuK0mS9D23Kg/bBruDfE5mOk52SeB6d0q5BSG1Bvgg=")]
    [InlineData(false, "MIIBpzCCAU4CAQAwEDEOMAwGA1UEAwwFYWxpY2UwggEzMIHsBgcqhkjOPQIBMIHgAgEBMCwGByqGSM49AQECIQCp+1fboe6pvD5mCpCdg41ybjv2I9UmICggE0gdH25TdzBEBCB9Wgl1/CwwV+72dTBBev/n+4BVwSbcXGzpSktE8zC12QQgJtxcbOlKS0TzMLXZu9d8v5WEFilc9+HOa8zcGP+MB7YEQQSL0q65y35XyyxLSC/8gbevud4n4eO9I8I6RFO9ms4yYlR++DXD2sT9l/hGGhRhHcnCd0UTLe2OVFwdVMcvBGmXAiEAqftX26Huqbw+ZgqQnYONcYw5eqO1Yab3kB4OgpdIVqcCAQEDQgAERXjerzPJPaR5W+A7PP3dxWZ4THiFKRxnYOe3ICyKNs1w81YcOFFo/WnkbYfiWfLpj1p80Sp2+VovIAF3NMiM9aAAMAoGCCqGSM49BAMCA0cAMEQCICZz5mhGHIgrYLYHoQlXFAKKMXoLd0Az9l15hyivsVXeAiBpdVyZAzjAmadQDPXNsx1r9axDHjq3hMO3avYVg9KF0w==")]
    [InlineData(true, "MIHLMHICAQAwEDEOMAwGA1UEAwwFYWxpY2UwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAARUQkKw4uFuBY5UR3Yt2Trf1A71U8r+omxGoXPiB4Kf1C7TJ6vw9ibYc5ZXovCmffsal9PzI2cQFuI4CI2roe0HoAAwCwYJYIZIAWUDBAMKA0gAMEUCIQDDGm7TnHpb2luhz5Ie73YFIIiyxE+LiExvuvWxkKXkuwIgBmuAvA3Gh1BODFHsfwsOJVghMiIZzPjGqlVhNfnJ6UI=")]
    public async Task A_request_with_an_algorithm_that_is_not_known_is_refused_with_its_field(bool foreignToo, string der)
    {
        var pem = Convert.ToBase64String(Encoding.ASCII.GetBytes(PemEncoding.WriteString("CERTIFICATE REQUEST", Convert.FromBase64String(der))));
        Assert.Contains("spec.request", await RefusedAsync(422, server.Admin, HttpMethod.Post, Requests, Request("x", "rempart.dev/client", ["client auth"], request: pem)), StringComparison.Ordinal);
        if (foreignToo) Assert.Contains("spec.request", await RefusedAsync(422, server.Admin, HttpMethod.Post, Requests, Request("x", request: pem)), StringComparison.Ordinal);
    }

    [Fact]
    [Trait("level", "real")]
    public async Task Kubectl_approves_and_denies_under_kubernetes_own_name_of_the_signer()
    {
        Assert.SkipUnless(Kubectl.Exists, "no kubectl on the PATH");
        using var admin = new KubectlShell(server.Host.Addresses[0], server.Authority.Certificate, server.CertificateOf("admin", "rempart:administrators"));
        using var olga = new KubectlShell(server.Host.Addresses[0], server.Authority.Certificate, server.CertificateOf("olga", "rempart:security-officers"));
        await admin.RunAsync("create -f -", Request("carol", "kubernetes.io/kube-apiserver-client", ["client auth"], 3600));
        Assert.Matches(@"carol\s+\S+\s+kubernetes.io/kube-apiserver-client\s+admin\s+60m\s+Pending", await admin.RunAsync("get csr"));
        Assert.Contains("forbidden", (await admin.TryAsync("certificate approve carol")).Error, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("carol approved", await olga.RunAsync("certificate approve carol"), StringComparison.Ordinal);
        Assert.Contains("Approved,Issued", await admin.RunAsync("get csr carol"), StringComparison.Ordinal);
        await admin.RunAsync("create -f -", Request("dave", "kubernetes.io/kube-apiserver-client", ["client auth"]));
        Assert.Contains("dave denied", await olga.RunAsync("certificate deny dave"), StringComparison.Ordinal);
        Assert.Contains("Denied", await admin.RunAsync("get csr dave"), StringComparison.Ordinal);

        using var approver = new KubectlShell(server.Host.Addresses[0], server.Authority.Certificate, server.CertificateOf("approver"));
        await admin.RunAsync("create -f -", Request("web"));
        Assert.Contains("web approved", await approver.RunAsync("certificate approve web"), StringComparison.Ordinal);
        Assert.Matches(@"web\s+\S+\s+example.com/web\s+admin\s+<none>\s+Approved\n", await admin.RunAsync("get csr web"));
    }

    private string Status()
    {
        using var authority = TestAuthority.Create(TimeProvider.System);
        using var certificate = authority.IssueServer(new PublicKey(key), "web", ["web.example"], [], TimeSpan.FromHours(1));
        return new JsonObject { ["status"] = new JsonObject { ["certificate"] = Convert.ToBase64String(Encoding.ASCII.GetBytes(certificate.ExportCertificatePem() + "\n")) } }.ToJsonString();
    }

    private string Request(string name, string signer = "example.com/web", string[]? usages = null, int? seconds = null, string? request = null)
    {
        var spec = new JsonObject
        {
            ["request"] = request ?? Convert.ToBase64String(TestAuthority.Request($"CN={name}", key)), ["signerName"] = signer,
            ["usages"] = new JsonArray([.. (usages ?? ["digital signature", "server auth"]).Select(usage => (JsonNode)usage)]),
        };
        if (seconds is { } life) spec["expirationSeconds"] = life;
        return new JsonObject { ["apiVersion"] = "certificates.k8s.io/v1", ["kind"] = "CertificateSigningRequest", ["metadata"] = new JsonObject { ["name"] = name }, ["spec"] = spec }.ToJsonString();
    }

    // An administrator can't give away `approve`, which no wildcard holds; who sets up a cluster does it as the server.
    private async Task GrantAsync(string user, string[] verbs, string signer, string first, string second, string subresource)
    {
        await server.Host.Writer.CreateAsync(new Api.Rbac.ClusterRole
        {
            Metadata = new() { Name = user },
            Rules =
            [
                new() { Verbs = verbs, ApiGroups = ["certificates.k8s.io"], Resources = ["signers"], ResourceNames = [signer] },
                new() { Verbs = [first, second, "get"], ApiGroups = ["certificates.k8s.io"], Resources = ["certificatesigningrequests", subresource] },
            ],
        }, CancellationToken.None);
        await server.Host.Writer.CreateAsync(new Api.Rbac.ClusterRoleBinding
        {
            Metadata = new() { Name = user },
            RoleRef = new() { ApiGroup = "rbac.authorization.k8s.io", Kind = "ClusterRole", Name = user },
            Subjects = [new() { ApiGroup = "rbac.authorization.k8s.io", Kind = "User", Name = user }],
        }, CancellationToken.None);
    }
}
