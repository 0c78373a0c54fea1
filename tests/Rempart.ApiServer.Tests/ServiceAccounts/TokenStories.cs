using System.Buffers.Text;
using System.Globalization;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Rempart.ApiServer.ServiceAccounts;
using Rempart.ApiServer.Tests.Authorization;
using Rempart.ApiServer.Tests.Http;
using Rempart.ApiServer.Tests.Watch;
using static Rempart.ApiServer.Tests.Authorization.SecureServer;

namespace Rempart.ApiServer.Tests.ServiceAccounts;

/// <summary>Tokens of service accounts: what is in them, what they open, and what ends them.</summary>
public sealed class TokenStories : IAsyncLifetime
{
    private const string Accounts = "/api/v1/namespaces/blue/serviceaccounts";
    private const string Secrets = "/api/v1/namespaces/blue/secrets";
    private const string Maps = "/api/v1/namespaces/blue/configmaps";
    private const string Reviews = "/apis/authentication.k8s.io/v1/tokenreviews";

    private SecureServer server = null!;
    private JsonObject account = null!;

    public async ValueTask InitializeAsync()
    {
        server = await SecureServer.StartAsync();
        await DoAsync(server.Admin, HttpMethod.Post, "/api/v1/namespaces", """{"metadata":{"name":"blue"}}""");
        account = await DoAsync(server.Admin, HttpMethod.Post, Accounts, """{"metadata":{"name":"robot"}}""");
        await DoAsync(server.Admin, HttpMethod.Post, "/apis/rbac.authorization.k8s.io/v1/namespaces/blue/rolebindings",
            """{"metadata":{"name":"robot"},"roleRef":{"apiGroup":"rbac.authorization.k8s.io","kind":"ClusterRole","name":"view"},"subjects":[{"kind":"ServiceAccount","namespace":"blue","name":"robot"}]}""");
    }

    public ValueTask DisposeAsync() => server.DisposeAsync();

    [Fact]
    public async Task A_token_says_what_kubernetes_tokens_say_and_is_its_account()
    {
        var answer = await MakeAsync("""{"spec":{"expirationSeconds":600}}""");
        var claims = Claims(Token(answer));
        Assert.Equal(Issuer, (string?)claims["iss"]);
        Assert.Equal("system:serviceaccount:blue:robot", (string?)claims["sub"]);
        Assert.Equal($"[\"{Issuer}\"]", claims["aud"]!.ToJsonString());
        Assert.Equal(600, (long)claims["exp"]! - (long)claims["iat"]!);
        Assert.Equal((long)claims["iat"]!, (long)claims["nbf"]!);
        Assert.True(Guid.TryParse((string?)claims["jti"], out _));
        Assert.Equal($$$"""{"namespace":"blue","serviceaccount":{"name":"robot","uid":"{{{Uid(account)}}}"}}""", claims["kubernetes.io"]!.ToJsonString());
        Assert.Equal($$"""{"alg":"ES256","kid":"{{server.Tokens.Current}}"}""", Part(Token(answer), 0).ToJsonString());
        Assert.Equal(DateTimeOffset.FromUnixTimeSeconds((long)claims["exp"]!), DateTimeOffset.Parse((string)answer["status"]!["expirationTimestamp"]!, CultureInfo.InvariantCulture));

        using var robot = server.Client(null, Token(answer));
        var me = (await DoAsync(robot, HttpMethod.Post, "/apis/authentication.k8s.io/v1/selfsubjectreviews", "{}"))["status"]!["userInfo"]!;
        Assert.Equal(("system:serviceaccount:blue:robot", Uid(account)), ((string?)me["username"], (string?)me["uid"]));
        Assert.Equal("""["system:serviceaccounts","system:serviceaccounts:blue","system:authenticated"]""", me["groups"]!.ToJsonString());
        Assert.Equal($"JTI={claims["jti"]}", (string?)me["extra"]!["authentication.kubernetes.io/credential-id"]![0]);
        await DoAsync(robot, HttpMethod.Get, Maps);
        await RefusedAsync(403, robot, HttpMethod.Get, Secrets);
        await RefusedAsync(403, robot, HttpMethod.Get, "/api/v1/namespaces/default/configmaps");
    }

    [Fact]
    public async Task Nothing_of_a_token_is_in_the_audit_trail_but_its_id()
    {
        var token = Token(await MakeAsync("{}"));
        using var robot = server.Client(null, token);
        await RefusedAsync(403, robot, HttpMethod.Delete, $"{Maps}/none");
        var id = $"JTI={Claims(token)["jti"]}";
        Assert.Contains(server.Audit.Records, r => r is { Resource: "serviceaccounts", Subresource: "token", Name: "robot", User: "admin", Status: 201 } && r.Note!.Contains(id, StringComparison.Ordinal));
        Assert.Contains(server.Audit.Records, r => r is { User: "system:serviceaccount:blue:robot", Status: 403 } && r.Credential == id);
        var parts = token.Split('.');
        Assert.DoesNotContain(server.Audit.Records, r => parts.Any(part => r.ToString().Contains(part, StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_token_ends_with_its_time_its_account_and_what_it_is_bound_to()
    {
        await DoAsync(server.Admin, HttpMethod.Post, Secrets, """{"metadata":{"name":"tie"}}""");
        var bound = Token(await MakeAsync("""{"spec":{"boundObjectRef":{"apiVersion":"v1","kind":"Secret","name":"tie"}}}"""));
        var free = Token(await MakeAsync("{}"));
        Assert.Equal("tie", (string?)Claims(bound)["kubernetes.io"]!["secret"]!["name"]);
        await CountsAsync(bound);
        await DoAsync(server.Admin, HttpMethod.Delete, $"{Secrets}/tie");
        await EndsAsync(bound, "secret `tie` of the token is gone");
        await DoAsync(server.Admin, HttpMethod.Post, Secrets, """{"metadata":{"name":"tie"}}""");
        await EndsAsync(bound, "another of its name");

        await CountsAsync(free);
        server.Time.Shift = TimeSpan.FromMinutes(61);
        await EndsAsync(free, "service account token has expired");
        server.Time.Shift = -TimeSpan.FromMinutes(5);
        await EndsAsync(free, "service account token is not valid yet");
        // Another server's clock may be a little ahead.
        server.Time.Shift = -TimeSpan.FromSeconds(50);
        await CountsAsync(free);
        server.Time.Shift = TimeSpan.Zero;
        await CountsAsync(free);
        await DoAsync(server.Admin, HttpMethod.Delete, $"{Accounts}/robot");
        await EndsAsync(free, "serviceaccount `robot` of the token is gone");
        await DoAsync(server.Admin, HttpMethod.Post, Accounts, """{"metadata":{"name":"robot"}}""");
        await EndsAsync(free, "another of its name");
    }

    [Fact]
    public async Task A_token_bound_to_a_node_ends_with_it()
    {
        await DoAsync(server.Admin, HttpMethod.Post, "/api/v1/nodes", """{"metadata":{"name":"host1"}}""");
        var bound = Token(await MakeAsync("""{"spec":{"boundObjectRef":{"apiVersion":"v1","kind":"Node","name":"host1"}}}"""));
        using var robot = server.Client(null, bound);
        var me = (await DoAsync(robot, HttpMethod.Post, "/apis/authentication.k8s.io/v1/selfsubjectreviews", "{}"))["status"]!["userInfo"]!;
        Assert.Equal("host1", (string?)me["extra"]!["authentication.kubernetes.io/node-name"]![0]);
        await DoAsync(server.Admin, HttpMethod.Delete, "/api/v1/nodes/host1");
        await EndsAsync(bound, "node `host1` of the token is gone");
    }

    [Fact]
    public async Task A_watch_ends_with_the_account_that_opened_it()
    {
        using var robot = server.Client(null, Token(await MakeAsync("{}")));
        await using var watch = await WatchStream.OpenAsync(robot, $"{Maps}?watch=1&timeoutSeconds=600");
        await DoAsync(server.Admin, HttpMethod.Post, Maps, """{"metadata":{"name":"seen"}}""");
        Assert.Equal("ADDED seen", await watch.NextAsync());
        await DoAsync(server.Admin, HttpMethod.Delete, $"{Accounts}/robot");
        var last = JsonNode.Parse(await watch.LineAsync() ?? "{}")!;
        Assert.Equal(("ERROR", 401), ((string?)last["type"], (int?)last["object"]!["code"]));
    }

    [Fact]
    public async Task A_token_that_was_good_before_is_not_held_to_what_strangers_may()
    {
        // The level of strangers has a burst of 100 requests and 20 a second behind it.
        using var robot = server.Client(null, Token(await MakeAsync("{}")));
        for (var i = 0; i < 300; i++) await DoAsync(robot, HttpMethod.Get, $"{Maps}?limit=1");
    }

    [Fact]
    public async Task Forged_and_foreign_tokens_open_nothing()
    {
        var good = Token(await MakeAsync("{}"));
        var parts = good.Split('.');
        using var stranger = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        string Signed(JsonObject header, JsonObject claims, ECDsa? key)
        {
            var text = $"{Encode(header)}.{Encode(claims)}";
            return $"{text}.{(key is null ? "" : Base64Url.EncodeToString(key.SignData(Encoding.ASCII.GetBytes(text), HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation)))}";
        }

        var admin = Claims(good);
        admin["sub"] = "system:serviceaccount:kube-system:root";
        await EndsAsync($"{parts[0]}.{Encode(admin)}.{parts[2]}", "not signed by a key of this cluster");
        await EndsAsync(Signed(Part(good, 0), admin, stranger), "not signed by a key of this cluster");
        await EndsAsync(Signed(new JsonObject { ["alg"] = "none" }, admin, null), "no token of a service account");
        await EndsAsync(Signed(new JsonObject { ["alg"] = "none", ["kid"] = server.Tokens.Current }, admin, null), "signed with `ES256` only");
        await EndsAsync(Signed(new JsonObject { ["alg"] = "HS256", ["kid"] = server.Tokens.Current }, admin, stranger), "signed with `ES256` only");
        await EndsAsync(Signed(new JsonObject { ["alg"] = "ES256", ["kid"] = "unknown" }, admin, stranger), "not signed by a key of this cluster");
        await EndsAsync(Signed(new JsonObject { ["alg"] = "ES256", ["kid"] = server.Tokens.Current, ["jwk"] = new JsonObject() }, admin, stranger), "no token of a service account");
        await EndsAsync($"{parts[0]}.{parts[1]}.{parts[2][..^4]}", "the token does not count");
        await EndsAsync($"{parts[0]}.{parts[1]}.", "not signed by a key of this cluster");
        await EndsAsync("..", "no token of a service account");
        await EndsAsync("%%.\"\"._", "no token of a service account");
        await EndsAsync($"{parts[0]}.{new string('A', 9000)}.{parts[2]}", "holds no bootstrap token");
        await EndsAsync(Token(await MakeAsync("""{"spec":{"audiences":["vault"]}}""")), "is invalid for the target audiences");
        // The same keys elsewhere: another cluster's address.
        var (foreign, _) = new TokenIssuer(server.Tokens, "https://other.example").Issue(
            new() { Metadata = new() { Namespace = "blue", Name = "robot", Uid = Uid(account) } }, [Issuer], TimeSpan.FromHours(1), null, TimeProvider.System.GetUtcNow());
        await EndsAsync(foreign, "made by another cluster");
        await CountsAsync(good);
    }

    [Fact]
    public async Task A_token_has_one_spelling()
    {
        var good = Token(await MakeAsync("{}"));
        var parts = good.Split('.');
        // The last of 86 characters holds four bits that count: the other two must be none.
        const string Alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        var further = Alphabet[Alphabet.IndexOf(parts[2][^1], StringComparison.Ordinal) + 1];
        foreach (var other in new[] { $"{good} ", $"{good}==", $"{parts[0]}.{parts[1]}.{parts[2][..40]} {parts[2][40..]}", $"{good[..^1]}{further}" })
        {
            Assert.Throws<TokenRefusedException>(() => CompactToken.Read(other, server.Tokens));
        }

        await CountsAsync(good);
    }

    [Fact]
    public void Signatures_of_one_token_take_one_place_and_more_tokens_than_places_end_the_oldest_only()
    {
        var (known, now) = (new KnownTokens(), DateTimeOffset.UnixEpoch);
        known.Add("a.b.first", Some, now);
        Assert.NotNull(known.Find("a.b.first"));
        Assert.Null(known.Find("a.b.forged"));
        known.Add("kept.b.c", Some, now);
        for (var i = 0; i < 2 * KnownTokens.Most; i++) known.Add($"a.b.{i}", Some, now);
        Assert.NotNull(known.Find("kept.b.c"));
        Assert.Null(known.Find("a.b.first"));

        var lives = Some with { Exp = 2 };
        for (var i = 0; i < KnownTokens.Most; i++) known.Add($"{i}.b.c", lives, now);
        Assert.Null(known.Find("kept.b.c"));
        var left = Enumerable.Range(0, KnownTokens.Most).Count(i => known.Find($"{i}.b.c") is not null);
        Assert.InRange(left, KnownTokens.Most / 2, KnownTokens.Most);
        Assert.NotNull(known.Find($"{KnownTokens.Most - 1}.b.c"));
    }

    [Fact]
    public void A_key_that_is_replaced_still_opens_and_one_that_is_taken_away_does_not()
    {
        using var old = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var next = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var before = CompactToken.Write(Some, new ServiceAccountKeys([old]));
        var both = new ServiceAccountKeys([next, old]);
        Assert.Equal("id", CompactToken.Read(before, both).Jti);
        Assert.Equal(both.Current, (string?)Part(CompactToken.Write(Some, both), 0)["kid"]);
        Assert.Throws<TokenRefusedException>(() => CompactToken.Read(before, new ServiceAccountKeys([next])));
    }

    [Fact]
    public async Task What_is_asked_for_is_held_to_rules()
    {
        foreach (var (body, code, says) in new[]
        {
            ("""{"spec":{"expirationSeconds":599}}""", 422, "may not specify a duration less than 10 minutes"),
            ("""{"spec":{"expirationSeconds":4294967297}}""", 422, "may not specify a duration larger than 2^32 seconds"),
            ("""{"metadata":{"name":"other"}}""", 422, "must match the service account name if specified"),
            ("""{"metadata":{"namespace":"green"}}""", 422, "must match the service account namespace if specified"),
            ("""{"spec":{"audiences":[""]}}""", 422, "spec.audiences[0]"),
            ("""{"spec":{"boundObjectRef":{"apiVersion":"v1","kind":"ConfigMap","name":"a"}}}""", 400, "cannot bind token to object of type"),
            ("""{"spec":{"boundObjectRef":{"apiVersion":"v1","kind":"Secret","name":"none"}}}""", 404, "secrets \"none\" not found"),
            ("""{"spec":{"boundObjectRef":{"apiVersion":"v1","kind":"Node","name":"none"}}}""", 404, "nodes \"none\" not found"),
            ("""{"spec":{"colour":"red"}}""", 400, "unknown field"),
        })
        {
            Assert.Contains(says, await RefusedAsync(code, server.Admin, HttpMethod.Post, $"{Accounts}/robot/token", body), StringComparison.Ordinal);
        }

        Assert.Contains("not found", await RefusedAsync(404, server.Admin, HttpMethod.Post, $"{Accounts}/nobody/token", "{}"), StringComparison.Ordinal);
        await RefusedAsync(405, server.Admin, HttpMethod.Get, $"{Accounts}/robot/token");
        await DoAsync(server.Admin, HttpMethod.Post, Secrets, """{"metadata":{"name":"tie"}}""");
        Assert.Contains("does not match the UID in record", await RefusedAsync(409, server.Admin, HttpMethod.Post, $"{Accounts}/robot/token", """{"spec":{"boundObjectRef":{"apiVersion":"v1","kind":"Secret","name":"tie","uid":"other"}}}"""), StringComparison.Ordinal);

        using var request = new HttpRequestMessage(HttpMethod.Post, $"{Accounts}/robot/token") { Content = new StringContent("""{"spec":{"expirationSeconds":1000000}}""", new MediaTypeHeaderValue("application/json")) };
        using var shortened = await server.Admin.SendAsync(request);
        Assert.Contains("requested expiration of 1000000 seconds shortened to 86400 seconds", shortened.Headers.GetValues("Warning").Single(), StringComparison.Ordinal);
        var answer = (JsonObject)JsonNode.Parse(await shortened.Content.ReadAsStringAsync())!;
        Assert.Equal(86400, (long)Claims(Token(answer))["exp"]! - (long)Claims(Token(answer))["iat"]!);
        Assert.Null((await DoAsync(server.Admin, HttpMethod.Post, $"{Accounts}/robot/token?dryRun=All", "{}"))["status"]!["token"]);
    }

    [Fact]
    public async Task Who_may_edit_a_project_gets_no_rights_of_its_accounts()
    {
        foreach (var (user, role) in new[] { ("edith", "edit"), ("ruth", "admin"), ("vera", "view") })
        {
            await DoAsync(server.Admin, HttpMethod.Post, "/apis/rbac.authorization.k8s.io/v1/namespaces/blue/rolebindings",
                $$"""{"metadata":{"name":"{{user}}"},"roleRef":{"apiGroup":"rbac.authorization.k8s.io","kind":"ClusterRole","name":"{{role}}"},"subjects":[{"apiGroup":"rbac.authorization.k8s.io","kind":"User","name":"{{user}}"}]}""");
        }

        await RefusedAsync(403, server.ClientOf("vera"), HttpMethod.Post, $"{Accounts}/robot/token", "{}");
        await RefusedAsync(403, server.ClientOf("edith"), HttpMethod.Post, $"{Accounts}/robot/token", "{}");
        await DoAsync(server.ClientOf("ruth"), HttpMethod.Post, $"{Accounts}/robot/token", "{}");
        await RefusedAsync(403, server.ClientOf("ruth"), HttpMethod.Post, "/api/v1/namespaces/default/serviceaccounts/default/token", "{}");

        // Nor does an account give itself, or others, what it doesn't hold.
        await DoAsync(server.Admin, HttpMethod.Post, "/apis/rbac.authorization.k8s.io/v1/namespaces/blue/rolebindings",
            """{"metadata":{"name":"robot-admin"},"roleRef":{"apiGroup":"rbac.authorization.k8s.io","kind":"ClusterRole","name":"admin"},"subjects":[{"kind":"ServiceAccount","namespace":"blue","name":"robot"}]}""");
        using var robot = server.Client(null, Token(await MakeAsync("{}")));
        Assert.Contains("can't grant what they don't hold", await RefusedAsync(403, robot, HttpMethod.Post, "/apis/rbac.authorization.k8s.io/v1/namespaces/blue/rolebindings",
            """{"metadata":{"name":"more"},"roleRef":{"apiGroup":"rbac.authorization.k8s.io","kind":"ClusterRole","name":"cluster-admin"},"subjects":[{"kind":"ServiceAccount","namespace":"blue","name":"robot"}]}"""), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_review_says_whose_a_token_is_and_for_whom()
    {
        var token = Token(await MakeAsync("""{"spec":{"audiences":["vault","store"]}}"""));
        var good = (await DoAsync(server.Admin, HttpMethod.Post, Reviews, $$$"""{"spec":{"token":"{{{token}}}","audiences":["vault","other"]}}"""))["status"]!;
        Assert.True((bool?)good["authenticated"]);
        Assert.Equal("""["vault"]""", good["audiences"]!.ToJsonString());
        Assert.Equal("system:serviceaccount:blue:robot", (string?)good["user"]!["username"]);
        var other = (await DoAsync(server.Admin, HttpMethod.Post, Reviews, $$$"""{"spec":{"token":"{{{token}}}"}}"""))["status"]!;
        Assert.Null(other["authenticated"]);
        Assert.Contains("is invalid for the target audiences", (string?)other["error"], StringComparison.Ordinal);
        Assert.Null(other["user"]!["username"]);
        Assert.NotNull((await DoAsync(server.Admin, HttpMethod.Post, Reviews, """{"spec":{"token":"abc.def"}}"""))["status"]!["error"]);
        Assert.Contains("token is required", await RefusedAsync(400, server.Admin, HttpMethod.Post, Reviews, """{"spec":{}}"""), StringComparison.Ordinal);
        await RefusedAsync(403, server.ClientOf("bob"), HttpMethod.Post, Reviews, $$$"""{"spec":{"token":"{{{token}}}"}}""");
    }

    [Fact]
    public async Task Others_can_check_tokens_by_the_published_keys()
    {
        var token = Token(await MakeAsync("{}"));
        using var robot = server.Client(null, token);
        var discovery = await DoAsync(robot, HttpMethod.Get, "/.well-known/openid-configuration");
        Assert.Equal((Issuer, $"{Issuer}/openid/v1/jwks"), ((string?)discovery["issuer"], (string?)discovery["jwks_uri"]));
        var key = (await DoAsync(robot, HttpMethod.Get, "/openid/v1/jwks"))["keys"]!.AsArray().Single(k => (string?)k!["kid"] == (string?)Part(token, 0)["kid"])!;
        using var verifying = ECDsa.Create(new ECParameters
        {
            Curve = ECCurve.NamedCurves.nistP256,
            Q = new ECPoint { X = Base64Url.DecodeFromChars((string)key["x"]!), Y = Base64Url.DecodeFromChars((string)key["y"]!) },
        });
        var parts = token.Split('.');
        Assert.True(verifying.VerifyData(Encoding.ASCII.GetBytes($"{parts[0]}.{parts[1]}"), Base64Url.DecodeFromChars(parts[2]), HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation));
        Assert.DoesNotContain("\"d\"", key.ToJsonString(), StringComparison.Ordinal);
        await RefusedAsync(403, server.ClientOf("bob"), HttpMethod.Get, "/openid/v1/jwks");
        await RefusedAsync(401, server.Client(null), HttpMethod.Get, "/.well-known/openid-configuration");
    }

    [Fact]
    [Trait("level", "real")]
    public async Task Kubectl_makes_a_token_and_works_with_it()
    {
        Assert.SkipUnless(Kubectl.Exists, "no kubectl on the PATH");
        using var admin = new KubectlShell(server.Host.Addresses[0], server.Authority.Certificate, server.CertificateOf("admin", "rempart:administrators"));
        var token = (await admin.RunAsync("create token robot -n blue --duration 15m --audience https://api.example")).Trim();
        Assert.Equal(900, (long)Claims(token)["exp"]! - (long)Claims(token)["iat"]!);
        await admin.RunAsync("create secret generic tie -n blue");
        Assert.NotNull(Claims((await admin.RunAsync("create token robot -n blue --bound-object-kind Secret --bound-object-name tie")).Trim())["kubernetes.io"]!["secret"]);
        Assert.Contains("TokenRequest", await admin.RunAsync("create token robot -n blue -o yaml"), StringComparison.Ordinal);

        using var robot = new KubectlShell(server.Host.Addresses[0], server.Authority.Certificate, token);
        Assert.Contains("system:serviceaccount:blue:robot", await robot.RunAsync("auth whoami"), StringComparison.Ordinal);
        Assert.Contains("No resources found", (await robot.TryAsync("get configmaps -n blue")).Error, StringComparison.Ordinal);
        Assert.StartsWith("no", (await robot.TryAsync("auth can-i create configmaps -n blue")).Output, StringComparison.Ordinal);
        Assert.Contains("forbidden", (await robot.TryAsync("get secrets -n blue")).Error, StringComparison.OrdinalIgnoreCase);
    }

    private static TokenClaims Some => new()
    {
        Iss = Issuer, Sub = "system:serviceaccount:blue:robot", Aud = [Issuer], Exp = 2, Iat = 1, Nbf = 1, Jti = "id",
        Objects = new TokenObjects { Namespace = "blue", ServiceAccount = new TokenObject("robot", "uid") },
    };

    private async Task<JsonObject> MakeAsync(string body) => await DoAsync(server.Admin, HttpMethod.Post, $"{Accounts}/robot/token", body);

    private async Task CountsAsync(string token)
    {
        using var client = server.Client(null, token);
        await DoAsync(client, HttpMethod.Get, Maps);
    }

    private async Task EndsAsync(string token, string says)
    {
        using var client = server.Client(null);
        client.DefaultRequestHeaders.TryAddWithoutValidation("Authorization", $"Bearer {token}");
        var (code, answer) = await SendAsync(client, HttpMethod.Get, Maps);
        Assert.True(code == 401, $"{code} {answer}");
        Assert.Contains(says, (string?)answer["message"], StringComparison.Ordinal);
    }

    private static string Uid(JsonObject value) => (string)value["metadata"]!["uid"]!;

    private static string Token(JsonObject answer) => (string)answer["status"]!["token"]!;

    private static JsonObject Claims(string token) => Part(token, 1);

    private static JsonObject Part(string token, int index) => (JsonObject)JsonNode.Parse(Base64Url.DecodeFromChars(token.Split('.')[index]))!;

    private static string Encode(JsonObject value) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(value.ToJsonString()));
}
