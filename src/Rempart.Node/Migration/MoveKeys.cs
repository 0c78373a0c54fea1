using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Rempart.Node.Migration;

/// <summary>
/// What one end of a move shows the other: a leaf certificate, its key, and the authority that issued it and nothing else, whose own key is
/// forgotten at once. The API tells the other end which authority to expect, and says who wrote it.
/// </summary>
/// <param name="Authority">certificate in PEM.</param>
/// <param name="Certificate">in PEM.</param>
/// <param name="Key">PKCS#8 in PEM.</param>
internal sealed record MoveKeys(string Authority, string Certificate, string Key)
{
    /// <summary>A move may take a day at most; clocks may differ by an hour.</summary>
    private static readonly TimeSpan Life = TimeSpan.FromDays(2);
    private static readonly TimeSpan Skew = TimeSpan.FromHours(1);
    private const int MaxAuthority = 8 * 1024;

    /// <summary>DNS name in the leaf that a connecting end asks for.</summary>
    internal static string HostOf(MoveRole role) => role == MoveRole.Source ? "source" : "target";

    /// <summary>Common name of the leaf.</summary>
    internal static string NameOf(string migrationUid, MoveRole role) => $"{migrationUid}:{HostOf(role)}";

    internal static MoveKeys Create(string migrationUid, MoveRole role, TimeProvider time)
    {
        var (from, to) = (time.GetUtcNow() - Skew, time.GetUtcNow() + Life);
        using var authorityKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var root = new CertificateRequest(Named($"{NameOf(migrationUid, role)}:authority"), authorityKey, HashAlgorithmName.SHA256);
        root.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: true, pathLengthConstraint: 0, critical: true));
        root.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign, critical: true));
        root.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(root.PublicKey, critical: false));
        using var authority = root.CreateSelfSigned(from, to);
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var leaf = new CertificateRequest(Named(NameOf(migrationUid, role)), key, HashAlgorithmName.SHA256);
        leaf.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: false, hasPathLengthConstraint: false, pathLengthConstraint: 0, critical: true));
        leaf.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, critical: true));
        leaf.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(role == MoveRole.Source ? "1.3.6.1.5.5.7.3.2" : "1.3.6.1.5.5.7.3.1")], critical: true));
        leaf.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromCertificate(authority, includeKeyIdentifier: true, includeIssuerAndSerial: false));
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(HostOf(role));
        leaf.CertificateExtensions.Add(names.Build());
        using var issued = leaf.Create(authority, from, to, RandomNumberGenerator.GetBytes(16));
        return new(authority.ExportCertificatePem(), issued.ExportCertificatePem(), key.ExportPkcs8PrivateKeyPem());
    }

    /// <summary>The other end's authority as it was read from the API: one certificate of an authority, written anew so that nothing else of the text reaches QEMU.</summary>
    /// <exception cref="MoveException">it is none.</exception>
    internal static string Checked(string authority)
    {
        if (authority.Length > MaxAuthority) throw new MoveException($"the other host's authority is longer than {MaxAuthority} characters");
        try
        {
            using var certificate = X509Certificate2.CreateFromPem(authority);
            return certificate.ExportCertificatePem();
        }
        catch (CryptographicException exception)
        {
            throw new MoveException($"the other host's authority is no certificate: {exception.Message}", exception);
        }
    }

    private static X500DistinguishedName Named(string name)
    {
        var builder = new X500DistinguishedNameBuilder();
        builder.AddCommonName(name);
        return builder.Build();
    }
}
