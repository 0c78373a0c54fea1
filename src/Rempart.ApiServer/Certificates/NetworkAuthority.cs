using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Rempart.Api.Certificates;

namespace Rempart.ApiServer.Certificates;

/// <summary>
/// Issues certificates of OVN's processes. OVN's servers take whoever shows a certificate of their issuer, without a look at its name:
/// were it the cluster's CA, every person with a kubeconfig could write to the network. So there are two issuers of names of their own,
/// central and hosts, and a chain is followed by names (RFC 5280 §6.1.3): neither's certificates serve at the API or with the other.
/// Both sign with the CA's key, so there is nothing more to keep. Safe for use by many threads.
/// </summary>
public sealed class NetworkAuthority : IDisposable
{
    private static readonly TimeSpan Backdate = TimeSpan.FromMinutes(2);

    private readonly X509Certificate2 root;
    private readonly TimeProvider time;

    internal NetworkAuthority(X509Certificate2 root, TimeProvider time)
    {
        (this.root, this.time) = (root, time);
        (Central, Hosts) = (Issuer("network central"), Issuer("network hosts"));
    }

    /// <summary>Issuer of the hosts that hold OVN's databases, and of API servers; its certificate, without its key.</summary>
    public X509Certificate2 Central { get; }

    /// <summary>Issuer of all other hosts.</summary>
    public X509Certificate2 Hosts { get; }

    /// <summary>For the databases and the translator of a host that holds them: server and client.</summary>
    /// <param name="key">Its public key.</param>
    /// <param name="node">Name of the node, which is the host's name in OVN.</param>
    /// <param name="address">Where its databases are reached.</param>
    /// <param name="lifetime">How long.</param>
    public X509Certificate2 IssueMember(PublicKey key, string node, IPAddress address, TimeSpan lifetime)
    {
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(address);
        return Issue(Central, key, node, [CertificateUsage.Server, CertificateUsage.Client], names.Build(), lifetime);
    }

    /// <summary>For the controller of a host: it may do in OVN what is for the host of this name.</summary>
    /// <param name="key">Its public key.</param>
    /// <param name="node">Name of the node, which is the host's name in OVN.</param>
    /// <param name="lifetime">How long.</param>
    public X509Certificate2 IssueHost(PublicKey key, string node, TimeSpan lifetime) => Issue(Hosts, key, node, [CertificateUsage.Client], null, lifetime);

    /// <summary>For an API server, which writes the northbound database.</summary>
    /// <param name="key">Its public key.</param>
    /// <param name="name">For people who read OVN's logs.</param>
    /// <param name="lifetime">How long.</param>
    public X509Certificate2 IssueWriter(PublicKey key, string name, TimeSpan lifetime) => Issue(Central, key, name, [CertificateUsage.Client], null, lifetime);

    /// <inheritdoc/>
    public void Dispose()
    {
        Central.Dispose();
        Hosts.Dispose();
    }

    /// <summary>Made anew with each start: what counts of it are its name and its key.</summary>
    private X509Certificate2 Issuer(string name)
    {
        using var key = root.GetECDsaPrivateKey() ?? throw new CryptographicException("the CA's key is missing");
        var builder = new X500DistinguishedNameBuilder();
        builder.AddCommonName($"{root.GetNameInfo(X509NameType.SimpleName, forIssuer: false)} {name}");
        var request = new CertificateRequest(builder.Build(), key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: true, pathLengthConstraint: 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign, critical: true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false));
        using var made = request.CreateSelfSigned(new DateTimeOffset(root.NotBefore.ToUniversalTime()), new DateTimeOffset(root.NotAfter.ToUniversalTime()));
        return X509CertificateLoader.LoadCertificate(made.RawData);
    }

    private X509Certificate2 Issue(X509Certificate2 issuer, PublicKey key, string name, IReadOnlyList<string> usages, X509Extension? names, TimeSpan lifetime)
    {
        ArgumentNullException.ThrowIfNull(key);
        var request = new CertificateRequest(new DistinguishedName(name, []).Encode(), key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: false, hasPathLengthConstraint: false, pathLengthConstraint: 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, critical: true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([.. usages.Select(usage => new Oid(usage))], critical: true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(key, critical: false));
        request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromCertificate(issuer, includeKeyIdentifier: true, includeIssuerAndSerial: false));
        if (names is not null) request.CertificateExtensions.Add(names);
        var now = time.GetUtcNow();
        var until = now + lifetime;
        var last = new DateTimeOffset(root.NotAfter.ToUniversalTime());
        using var signer = root.GetECDsaPrivateKey() ?? throw new CryptographicException("the CA's key is missing");
        return request.Create(issuer.SubjectName, X509SignatureGenerator.CreateForECDsa(signer), now - Backdate, until < last ? until : last, CertificateSerial.Create(now));
    }
}
