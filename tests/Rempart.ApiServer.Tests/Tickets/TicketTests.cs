using System.Buffers.Text;
using System.Security.Cryptography;
using Rempart.Api.Tickets;
using Rempart.ApiServer.Certificates;
using Rempart.ApiServer.Tests.Certificates;
using Rempart.ApiServer.Tickets;
using Rempart.Testing.Time;

namespace Rempart.ApiServer.Tests.Tickets;

/// <summary>The server signs leave to open the console of machine <c>uid-1</c> on <c>host1</c>.</summary>
public sealed class TicketTests : IDisposable
{
    private readonly ManualTime time = new();
    private readonly CertificateAuthority authority;
    private readonly ECDsa key = TestAuthority.Key();
    private readonly TicketSigner signer;
    private readonly TicketVerifier host1;

    public TicketTests()
    {
        authority = TestAuthority.Create(time);
        signer = new TicketSigner(authority, key, time);
        host1 = new TicketVerifier("host1", authority.Trust, time, capacity: 4);
    }

    [Fact]
    public void A_ticket_opens_its_stream_once()
    {
        var text = Sign();

        var ticket = host1.Accept(text, "VirtualMachine", "uid-1", "console", "audit-1");
        Assert.Equal(("alice", "audit-1", "a", "vm"), (ticket.User, ticket.AuditId, ticket.Namespace, ticket.Name));
        Refused("used already", text);
    }

    [Fact]
    public void A_foreign_ticket_opens_nothing()
    {
        Refused("for node `host2`", Sign(node: "host2"));
        Refused("not for VirtualMachine `uid-1`", Sign(uid: "uid-2"));
        Refused("not for VirtualMachine", Sign(kind: "Image"));
        Refused("stream `exec`", Sign(stream: "exec"));
        Assert.Contains("is for request `audit-1` of `alice`, not for request `audit-2`",
            Assert.Throws<TicketRefusedException>(() => host1.Accept(Sign(), "VirtualMachine", "uid-1", "console", "audit-2")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_ticket_that_was_refused_for_one_stream_still_opens_its_own()
    {
        var text = Sign();

        Assert.Throws<TicketRefusedException>(() => host1.Accept(text, "VirtualMachine", "uid-2", "console", "audit-1"));
        host1.Accept(text, "VirtualMachine", "uid-1", "console", "audit-1");
    }

    [Fact]
    public void A_ticket_ends_after_its_time_and_one_from_a_clock_ahead_is_refused()
    {
        var text = Sign();
        time.Advance(StreamTicket.Lifetime + TimeSpan.FromMilliseconds(1));
        Refused("expired", text);

        var behind = new ManualTime(time.GetUtcNow() - TimeSpan.FromMinutes(1));
        var verifier = new TicketVerifier("host1", authority.Trust, behind);
        Assert.Contains("clocks", Assert.Throws<TicketRefusedException>(() => verifier.Accept(Sign(), "VirtualMachine", "uid-1", "console", "audit-1")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_ticket_that_another_cluster_signed_is_refused()
    {
        using var other = TestAuthority.Create(time);
        using var stranger = new TicketSigner(other, key, time);

        Refused("not trusted", stranger.Sign("VirtualMachine", "a", "vm", "uid-1", "console", "host1", "x", "mallory"));
    }

    [Fact]
    public void A_client_of_the_cluster_can_not_sign_tickets()
    {
        using var mallory = TestAuthority.Client(authority, "mallory", TimeSpan.FromHours(1));
        using var own = System.Security.Cryptography.X509Certificates.ECDsaCertificateExtensions.GetECDsaPrivateKey(mallory)!;
        var payload = Base64Url.DecodeFromChars(Sign().Split('.')[0]);

        Refused("not trusted", $"{Base64Url.EncodeToString(payload)}.{Base64Url.EncodeToString(own.SignData(payload, HashAlgorithmName.SHA256))}.{Base64Url.EncodeToString(mallory.RawData)}");
    }

    [Fact]
    public void A_changed_ticket_is_refused()
    {
        var parts = Sign().Split('.');
        var payload = Base64Url.DecodeFromChars(parts[0]);
        var changed = System.Text.Encoding.UTF8.GetBytes(System.Text.Encoding.UTF8.GetString(payload).Replace("host2", "host1", StringComparison.Ordinal).Replace("alice", "mallo", StringComparison.Ordinal));

        Refused("signature is wrong", $"{Base64Url.EncodeToString(changed)}.{parts[1]}.{parts[2]}");
        foreach (var nonsense in new[] { "", "a.b", "a.b.c", $"{parts[0]}.{parts[1]}.{parts[0]}", new string('a', 100_000), "....", $"{parts[0]}.{parts[1]}.{parts[2]}." }) Refused("", nonsense);
    }

    [Fact]
    public void What_is_remembered_is_bounded_and_nothing_is_forgotten_too_early()
    {
        var texts = Enumerable.Range(0, 4).Select(_ => Sign()).ToArray();
        foreach (var text in texts) host1.Accept(text, "VirtualMachine", "uid-1", "console", "audit-1");

        Refused("too many", Sign());
        Refused("too many", texts[0]);
        time.Advance(StreamTicket.Lifetime + TimeSpan.FromMilliseconds(1));
        host1.Accept(Sign(), "VirtualMachine", "uid-1", "console", "audit-1");
        Refused("expired", texts[0]);
    }

    [Fact]
    public void Days_later_tickets_still_open()
    {
        host1.Accept(Sign(), "VirtualMachine", "uid-1", "console", "audit-1");
        time.Advance(TimeSpan.FromDays(3));
        host1.Accept(Sign(), "VirtualMachine", "uid-1", "console", "audit-1");
    }

    public void Dispose()
    {
        signer.Dispose();
        key.Dispose();
        authority.Dispose();
    }

    private string Sign(string kind = "VirtualMachine", string uid = "uid-1", string stream = "console", string node = "host1") =>
        signer.Sign(kind, "a", "vm", uid, stream, node, "audit-1", "alice");

    private void Refused(string why, string text) =>
        Assert.Contains(why, Assert.Throws<TicketRefusedException>(() => host1.Accept(text, "VirtualMachine", "uid-1", "console", "audit-1")).Message, StringComparison.Ordinal);
}
