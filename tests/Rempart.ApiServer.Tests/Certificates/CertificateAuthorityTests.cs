using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Rempart.Api.Certificates;
using Rempart.Api.Meta;
using Rempart.ApiServer.Certificates;
using Rempart.Testing.Time;

namespace Rempart.ApiServer.Tests.Certificates;

public sealed class CertificateAuthorityTests : IDisposable
{
    private readonly ManualTime time = new();
    private readonly CertificateAuthority authority;

    public CertificateAuthorityTests() => authority = TestAuthority.Create(time);

    [Fact]
    public void Each_certificate_serves_its_one_use()
    {
        using var key = TestAuthority.Key();
        var publicKey = new PublicKey(key);
        using var server = authority.IssueServer(publicKey, "s", ["localhost"], [IPAddress.Loopback], TimeSpan.FromDays(1));
        using var client = authority.IssueClient(publicKey, "alice", ["team"], TimeSpan.FromDays(1));
        using var ticket = authority.IssueTicketSigner(publicKey, TimeSpan.FromDays(1));

        (X509Certificate2 Certificate, string Usage)[] all = [(server, CertificateUsage.Server), (client, CertificateUsage.Client), (ticket, CertificateUsage.Tickets)];
        foreach (var (certificate, _) in all)
        {
            foreach (var (owner, usage) in all) Assert.Equal(ReferenceEquals(owner, certificate), Refusal(certificate, usage) is null);
        }
    }

    [Fact]
    public void Another_cluster_and_its_own_root_are_not_trusted()
    {
        using var other = TestAuthority.Create(time);
        using var foreign = TestAuthority.Client(other, "alice", TimeSpan.FromDays(1));

        Assert.Contains("not issued by this cluster", Refusal(foreign, CertificateUsage.Client), StringComparison.Ordinal);
        Assert.NotNull(Refusal(authority.Certificate, CertificateUsage.Client));
    }

    [Fact]
    public void What_ovn_is_shown_serves_nowhere_else_and_a_persons_certificate_does_not_serve_there()
    {
        using var key = TestAuthority.Key();
        var publicKey = new PublicKey(key);
        using var member = authority.Network.IssueMember(publicKey, "host1", IPAddress.Loopback, TimeSpan.FromDays(1));
        using var host = authority.Network.IssueHost(publicKey, "host2", TimeSpan.FromDays(1));
        using var writer = authority.Network.IssueWriter(publicKey, "server", TimeSpan.FromDays(1));
        using var person = TestAuthority.Client(authority, "alice", TimeSpan.FromDays(1));

        foreach (var (certificate, central, hosts) in new[] { (member, true, false), (host, false, true), (writer, true, false), (person, false, false) })
        {
            Assert.Equal(central, CertificateTrust.Refusal(certificate, [authority.Network.Central], CertificateUsage.Client, time.GetUtcNow()) is null);
            Assert.Equal(hosts, CertificateTrust.Refusal(certificate, [authority.Network.Hosts], CertificateUsage.Client, time.GetUtcNow()) is null);
            Assert.Equal(certificate == person, Refusal(certificate, CertificateUsage.Client) is null);
        }
        Assert.Null(CertificateTrust.Refusal(member, [authority.Network.Central], CertificateUsage.Server, time.GetUtcNow()));
        Assert.NotNull(CertificateTrust.Refusal(host, [authority.Network.Hosts], CertificateUsage.Server, time.GetUtcNow()));
        Assert.NotNull(CertificateTrust.Refusal(writer, [authority.Network.Central], CertificateUsage.Server, time.GetUtcNow()));
    }

    [Fact]
    public void A_certificate_ends()
    {
        using var client = TestAuthority.Client(authority, "alice", TimeSpan.FromHours(1));
        Assert.Null(Refusal(client, CertificateUsage.Client));

        time.Advance(TimeSpan.FromHours(1) + TimeSpan.FromSeconds(1));
        Assert.Contains("expired", Refusal(client, CertificateUsage.Client), StringComparison.Ordinal);
    }

    [Fact]
    public void A_client_can_not_issue_certificates()
    {
        using var alice = TestAuthority.Client(authority, "alice", TimeSpan.FromHours(1));
        using var key = TestAuthority.Key();
        using var signer = alice.GetECDsaPrivateKey()!;
        var request = new CertificateRequest("CN=root", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(CertificateUsage.Client)], true));
        using var forged = request.Create(alice.SubjectName, X509SignatureGenerator.CreateForECDsa(signer), time.GetUtcNow(), time.GetUtcNow() + TimeSpan.FromMinutes(5), [1]);

        Assert.NotNull(Refusal(forged, CertificateUsage.Client));
    }

    [Fact]
    public void Renewal_is_due_at_two_thirds_or_somewhat_before()
    {
        using var client = TestAuthority.Client(authority, "alice", TimeSpan.FromHours(24));
        var due = CertificateRenewal.DueAt(client, 0);

        Assert.InRange(due - time.GetUtcNow(), TimeSpan.FromHours(15.9), TimeSpan.FromHours(16.1));
        Assert.InRange(due - CertificateRenewal.DueAt(client, 1), TimeSpan.FromHours(1.9), TimeSpan.FromHours(2.1));
    }

    [Theory]
    [InlineData("CN=system:node:host1, O=system:nodes", CertificateSigners.Node, null)]
    [InlineData("CN=system:node:host1, O=system:nodes, O=system:masters", CertificateSigners.Node, "spec.request")]
    [InlineData("CN=system:node:host1", CertificateSigners.Node, "spec.request")]
    [InlineData("CN=system:node:Bad_Name, O=system:nodes", CertificateSigners.Node, "spec.request")]
    [InlineData("CN=alice, O=system:nodes", CertificateSigners.Node, "spec.request")]
    [InlineData("CN=host1", CertificateSigners.Network, null)]
    [InlineData("CN=host1, O=system:nodes", CertificateSigners.Network, "spec.request")]
    [InlineData("CN=system:node:host1", CertificateSigners.Network, "spec.request")]
    [InlineData("CN=alice, O=team", CertificateSigners.Client, null)]
    [InlineData("CN=alice, O=system:masters", CertificateSigners.Client, "spec.request")]
    [InlineData("CN=system:node:host1, O=system:nodes", CertificateSigners.Client, "spec.request")]
    [InlineData("CN=alice, CN=bob", CertificateSigners.Client, "spec.request")]
    [InlineData("CN=alice, OU=x", CertificateSigners.Client, "spec.request")]
    [InlineData("O=team", CertificateSigners.Client, "spec.request")]
    [InlineData("CN=alice", "kubernetes.io/legacy-unknown", "spec.signerName")]
    public void A_signer_signs_its_own_names_only(string subject, string signer, string? field)
    {
        using var key = TestAuthority.Key();
        var causes = new List<StatusCause>();

        CertificateRequestRules.Check(new CertificateSigningRequestSpec { Request = TestAuthority.Request(subject, key), SignerName = signer }, causes);

        Assert.Equal(field, causes.FirstOrDefault()?.Field);
    }

    [Fact]
    public void Weak_keys_and_broken_requests_are_refused()
    {
        using var weak = RSA.Create(1024);
        using var strong = RSA.Create(2048);
        using var odd = ECDsa.Create(ECCurve.NamedCurves.nistP521);
        using var key = TestAuthority.Key();
        var broken = TestAuthority.Request("CN=alice", key);
        broken[60] ^= 1;

        Assert.NotNull(RequestedCertificate.Read(TestAuthority.Request("CN=alice", strong)));
        Assert.Throws<CryptographicException>(() => RequestedCertificate.Read(TestAuthority.Request("CN=alice", weak)));
        Assert.Throws<CryptographicException>(() => RequestedCertificate.Read(TestAuthority.Request("CN=alice", odd)));
        Assert.Throws<CryptographicException>(() => RequestedCertificate.Read(broken));
        Assert.Throws<CryptographicException>(() => RequestedCertificate.Read("hello"u8.ToArray()));
        Assert.Throws<CryptographicException>(() => RequestedCertificate.Read(new byte[100_000]));
    }

    [Fact]
    public void The_serial_number_tells_when_a_certificate_was_issued()
    {
        time.Advance(TimeSpan.FromMilliseconds(1234));
        using var client = TestAuthority.Client(authority, "alice", TimeSpan.FromHours(1));

        Assert.Equal(time.GetUtcNow(), CertificateSerial.IssuedAt(client));
    }

    [Fact]
    public void A_controllers_certificate_is_renewed_before_it_ends()
    {
        using var credentials = new ControllerCredentials(authority, time);
        var first = credentials.For("scheduler");
        Assert.Same(first, credentials.For("scheduler"));
        Assert.Equal("system:controller:scheduler", DistinguishedName.Parse(first.SubjectName).User);
        Assert.True(first.HasPrivateKey);

        time.Advance(TimeSpan.FromHours(17));
        Assert.NotSame(first, credentials.For("scheduler"));
    }

    public void Dispose() => authority.Dispose();

    private string? Refusal(X509Certificate2 certificate, string usage) => CertificateTrust.Refusal(certificate, authority.Trust, usage, time.GetUtcNow());
}
