using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Rempart.Api.Certificates;

namespace Rempart.ApiServer.Certificates;

/// <summary>
/// The cluster's CA: ECDSA P-256, one level. Each certificate serves one use (<see cref="CertificateUsage"/>), so that a client's can
/// neither pose as the server nor sign tickets. Safe for use by many threads.
/// </summary>
public sealed class CertificateAuthority : IDisposable
{
    private static readonly TimeSpan RootLifetime = TimeSpan.FromDays(3650);

    // Clocks of hosts differ a little.
    private static readonly TimeSpan Backdate = TimeSpan.FromMinutes(2);

    private readonly X509Certificate2 root;
    private readonly TimeProvider time;

    /// <summary>Signs with a root.</summary>
    /// <param name="root">Certificate and key, as <see cref="CreateRoot"/> made it; disposed with this.</param>
    /// <param name="time">The clock.</param>
    public CertificateAuthority(X509Certificate2 root, TimeProvider time)
    {
        (this.root, this.time) = (root, time);
        Certificate = X509CertificateLoader.LoadCertificate(root.RawData);
        Network = new NetworkAuthority(root, time);
    }

    /// <summary>The root's certificate, without its key.</summary>
    public X509Certificate2 Certificate { get; }

    /// <summary>Issues what OVN's processes show each other, which nobody else takes.</summary>
    public NetworkAuthority Network { get; }

    /// <summary>The root's certificate as a trust list.</summary>
    public X509Certificate2Collection Trust => [Certificate];

    /// <summary>Makes a root: 10 years, no CA below it.</summary>
    /// <param name="name">Common name.</param>
    /// <param name="time">The clock.</param>
    public static X509Certificate2 CreateRoot(string name, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(time);
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var builder = new X500DistinguishedNameBuilder();
        builder.AddCommonName(name);
        var request = new CertificateRequest(builder.Build(), key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: true, pathLengthConstraint: 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, critical: true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false));
        var now = time.GetUtcNow();
        return request.CreateSelfSigned(now - Backdate, now + RootLifetime);
    }

    /// <summary>A certificate for a TLS server.</summary>
    /// <param name="key">Its public key.</param>
    /// <param name="name">Common name, for people.</param>
    /// <param name="dnsNames">DNS names.</param>
    /// <param name="addresses">IP addresses.</param>
    /// <param name="lifetime">How long.</param>
    public X509Certificate2 IssueServer(PublicKey key, string name, IEnumerable<string> dnsNames, IEnumerable<IPAddress> addresses, TimeSpan lifetime)
    {
        ArgumentNullException.ThrowIfNull(dnsNames);
        ArgumentNullException.ThrowIfNull(addresses);
        var names = new SubjectAlternativeNameBuilder();
        foreach (var dnsName in dnsNames) names.AddDnsName(dnsName);
        foreach (var address in addresses) names.AddIpAddress(address);
        return Issue(key, new DistinguishedName(name, []), CertificateUsage.Server, lifetime, names.Build());
    }

    /// <summary>A certificate for a TLS client.</summary>
    /// <param name="key">Its public key.</param>
    /// <param name="user">Name of the user.</param>
    /// <param name="groups">Groups of the user.</param>
    /// <param name="lifetime">How long.</param>
    public X509Certificate2 IssueClient(PublicKey key, string user, IReadOnlyList<string> groups, TimeSpan lifetime) =>
        Issue(key, new DistinguishedName(user, groups), CertificateUsage.Client, lifetime, null);

    /// <summary>A certificate for the key that signs stream tickets.</summary>
    /// <param name="key">Its public key.</param>
    /// <param name="lifetime">How long.</param>
    public X509Certificate2 IssueTicketSigner(PublicKey key, TimeSpan lifetime) =>
        Issue(key, new DistinguishedName("system:ticket-signer", []), CertificateUsage.Tickets, lifetime, null);

    /// <inheritdoc/>
    public void Dispose()
    {
        Certificate.Dispose();
        Network.Dispose();
        root.Dispose();
    }

    private X509Certificate2 Issue(PublicKey key, DistinguishedName subject, string usage, TimeSpan lifetime, X509Extension? names)
    {
        ArgumentNullException.ThrowIfNull(key);
        var request = new CertificateRequest(subject.Encode(), key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: false, hasPathLengthConstraint: false, pathLengthConstraint: 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, critical: true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(usage)], critical: true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(key, critical: false));
        request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromCertificate(root, includeKeyIdentifier: true, includeIssuerAndSerial: false));
        if (names is not null) request.CertificateExtensions.Add(names);
        var now = time.GetUtcNow();
        var until = now + lifetime;
        var last = new DateTimeOffset(root.NotAfter.ToUniversalTime());
        using var signer = root.GetECDsaPrivateKey() ?? throw new CryptographicException("the CA's key is missing");
        return request.Create(root.SubjectName, X509SignatureGenerator.CreateForECDsa(signer), now - Backdate, until < last ? until : last, CertificateSerial.Create(now));
    }
}
