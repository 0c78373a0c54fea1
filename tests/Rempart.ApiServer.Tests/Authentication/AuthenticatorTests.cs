using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Http;
using Rempart.Api.Core;
using Rempart.Api.Meta;
using Rempart.Api.Infra;
using Rempart.ApiServer.Authentication;
using Rempart.ApiServer.Certificates;
using Rempart.ApiServer.Tests.Certificates;
using Rempart.Policy.Authorization;
using Rempart.Testing.Time;

namespace Rempart.ApiServer.Tests.Authentication;

public sealed class AuthenticatorTests : IDisposable
{
    private static readonly CancellationToken None = CancellationToken.None;
    private readonly ManualTime time = new();
    private readonly MemoryObjects objects = new();
    private readonly CertificateAuthority authority;
    private readonly CertificateRevocations revocations = new();
    private readonly ClientCertificateAuthenticator certificates;
    private readonly BootstrapTokens tokens;

    public AuthenticatorTests()
    {
        authority = TestAuthority.Create(time);
        certificates = new ClientCertificateAuthenticator(authority.Trust, revocations, time);
        tokens = new BootstrapTokens(objects, () => objects, time);
        objects.Observe(revocations);
    }

    [Fact]
    public async Task A_certificate_names_user_and_groups()
    {
        using var alice = TestAuthority.Client(authority, "alice", TimeSpan.FromHours(1), "team-a", "team-b");

        var caller = await certificates.AuthenticateAsync(With(alice), None);

        Assert.Equal(("alice", "certificate", alice.SerialNumber), (caller!.Name, caller.Method, caller.Credential));
        Assert.Equal(["team-a", "team-b", "system:authenticated"], caller.Groups);
        Assert.Null(await certificates.AuthenticateAsync(new DefaultHttpContext(), None));
    }

    [Fact]
    public async Task A_certificate_of_another_ca_is_a_wrong_credential()
    {
        using var other = TestAuthority.Create(time);
        using var alice = TestAuthority.Client(other, "alice", TimeSpan.FromHours(1));

        await RefusedAsync(certificates, With(alice), "not issued by this cluster");
    }

    [Fact]
    public async Task A_certificate_that_ends_while_its_connection_lives_ends_the_connections_requests()
    {
        using var alice = TestAuthority.Client(authority, "alice", TimeSpan.FromHours(1));
        var connection = With(alice);
        Assert.NotNull(await certificates.AuthenticateAsync(connection, None));

        time.Advance(TimeSpan.FromHours(1) + TimeSpan.FromSeconds(1));
        await RefusedAsync(certificates, connection, "expired");
        await RefusedAsync(certificates, With(alice), "expired");
    }

    [Fact]
    public async Task A_servers_certificate_is_no_clients()
    {
        using var key = TestAuthority.Key();
        using var server = authority.IssueServer(new PublicKey(key), "alice", ["localhost"], [], TimeSpan.FromHours(1));

        await RefusedAsync(certificates, With(server), "not made for this use");
    }

    [Fact]
    public async Task A_deleted_nodes_certificates_end_and_those_of_its_return_count()
    {
        using var before = TestAuthority.Client(authority, "system:node:host1", TimeSpan.FromHours(1), "system:nodes");
        using var neighbour = TestAuthority.Client(authority, "system:node:host2", TimeSpan.FromHours(1), "system:nodes");
        var connection = With(before);
        Assert.Equal("host1", (await certificates.AuthenticateAsync(connection, None))!.NodeName);

        await DeletedAsync("host1");
        await RefusedAsync(certificates, connection, "`host1` was deleted");
        Assert.NotNull(await certificates.AuthenticateAsync(With(neighbour), None));

        time.Advance(TimeSpan.FromMilliseconds(1));
        using var after = TestAuthority.Client(authority, "system:node:host1", TimeSpan.FromHours(1), "system:nodes");
        Assert.NotNull(await certificates.AuthenticateAsync(With(after), None));
    }

    [Fact]
    public async Task A_single_certificate_can_be_revoked_and_the_list_stays_short()
    {
        using var alice = TestAuthority.Client(authority, "alice", TimeSpan.FromHours(1));
        await CertificateRevocations.RevokeSerialAsync(alice.SerialNumber, objects, objects, time, None);
        await DeletedAsync("host1");
        await RefusedAsync(certificates, With(alice), "revoked");

        time.Advance(TimeSpan.FromDays(2));
        await CertificateRevocations.RevokeSerialAsync("AB", objects, objects, time, None);
        var list = await objects.GetAsync<ConfigMap>("kube-system", CertificateRevocations.Name, None);
        Assert.DoesNotContain("node.host1", list!.Data!.Keys);
        Assert.Contains($"serial.{alice.SerialNumber}", list.Data!.Keys);
    }

    // As the deletion of a node leaves it.
    private async Task DeletedAsync(string node)
    {
        var lines = new Dictionary<string, string> { [$"node.{node}"] = time.GetUtcNow().ToString("O", System.Globalization.CultureInfo.InvariantCulture) };
        if (await objects.GetAsync<ConfigMap>("kube-system", CertificateRevocations.Name, None) is not { } list) await objects.CreateAsync(new ConfigMap { ApiVersion = "v1", Kind = "ConfigMap", Metadata = new() { Namespace = "kube-system", Name = CertificateRevocations.Name }, Data = lines }, None);
        else await objects.UpdateAsync(list with { Data = (list.Data ?? new Dictionary<string, string>()).Concat(lines).ToDictionary() }, None);
    }

    [Fact]
    public async Task A_token_names_its_holder_and_is_kept_as_a_hash()
    {
        var token = await AddAsync("host1");

        var caller = await Bearer(token.Reveal());

        Assert.Equal((BootstrapAccess.Method, token.Id), (caller!.Method, caller.Credential));
        var stored = Assert.Single(await objects.ListAsync<NodeToken>(null, None));
        Assert.DoesNotContain(token.Secret, System.Text.Json.JsonSerializer.Serialize(stored), StringComparison.Ordinal);
        Assert.DoesNotContain(token.Secret, token.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Wrong_and_ended_tokens_are_wrong_credentials()
    {
        var token = await AddAsync("host1");
        var wrong = token with { Secret = new string('a', 32) };
        foreach (var text in new[] { wrong.Reveal(), BootstrapToken.Create().Reveal(), "abc", "", $"{token.Reveal()} ", token.Reveal().ToUpperInvariant(), new string('a', 100_000) })
            Assert.Equal(401, (await Assert.ThrowsAsync<ApiException>(async () => await Bearer(text))).Code);

        time.Advance(TimeSpan.FromHours(24));
        Assert.Equal(401, (await Assert.ThrowsAsync<ApiException>(async () => await Bearer(token.Reveal()))).Code);
    }

    [Fact]
    public async Task A_used_token_serves_the_same_key_again_and_no_other()
    {
        var token = await AddAsync(null);

        Assert.Null(await tokens.UseAsync(token.Id, "host1", "key-1", write: true, None));
        Assert.Null(await tokens.UseAsync(token.Id, "host1", "key-1", write: true, None));
        Assert.Contains("used already", await tokens.UseAsync(token.Id, "host1", "key-2", write: true, None), StringComparison.Ordinal);
        Assert.Contains("serves node `host1`", await tokens.UseAsync(token.Id, "host2", "key-1", write: true, None), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Of_two_who_use_a_token_at_once_one_is_refused()
    {
        var token = await AddAsync("host1");
        objects.BeforeUpdate = () => Assert.True(tokens.UseAsync(token.Id, "host1", "thief", write: true, None).AsTask().IsCompletedSuccessfully);

        Assert.Contains("used already", await tokens.UseAsync(token.Id, "host1", "owner", write: true, None), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_token_for_any_node_does_not_take_the_name_of_one_that_is_here()
    {
        objects.Put(new Node { Metadata = new ObjectMeta { Name = "host1" } });
        var any = await AddAsync(null);
        var own = await AddAsync("host1");

        Assert.Contains("joined before", await tokens.UseAsync(any.Id, "host1", "key", write: true, None), StringComparison.Ordinal);
        Assert.Null(await tokens.UseAsync(own.Id, "host1", "key", write: true, None));
    }

    [Fact]
    public async Task Requests_in_anothers_name_are_refused()
    {
        var context = new DefaultHttpContext();
        context.Request.Headers["Impersonate-User"] = "admin";

        Assert.Equal(403, (await Assert.ThrowsAsync<ApiException>(async () => await new ImpersonationRefusal().AuthenticateAsync(context, None))).Code);
        Assert.Null(await new ImpersonationRefusal().AuthenticateAsync(new DefaultHttpContext(), None));
    }

    public void Dispose() => authority.Dispose();

    private async Task<BootstrapToken> AddAsync(string? node)
    {
        var token = BootstrapToken.Create();
        await tokens.AddAsync(new StoredBootstrapToken(token.Id, token.Hash(), time.GetUtcNow() + TimeSpan.FromHours(24), node, null), None);
        return token;
    }

    private async Task<Caller?> Bearer(string text)
    {
        var context = new DefaultHttpContext();
        context.Request.Headers.Authorization = $"Bearer {text}";
        return await new BootstrapTokenAuthenticator(objects, time).AuthenticateAsync(context, None);
    }

    private static DefaultHttpContext With(X509Certificate2 certificate)
    {
        var context = new DefaultHttpContext();
        context.Connection.ClientCertificate = certificate;
        return context;
    }

    private static async Task RefusedAsync(ClientCertificateAuthenticator authenticator, HttpContext context, string why)
    {
        var refusal = await Assert.ThrowsAsync<ApiException>(async () => await authenticator.AuthenticateAsync(context, None));
        Assert.Equal(401, refusal.Code);
        Assert.Contains(why, refusal.Message, StringComparison.Ordinal);
    }
}
