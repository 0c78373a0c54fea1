using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Rempart.ApiServer.Certificates;

namespace Rempart.ApiServer.Tests.Certificates;

/// <summary>A CA of a test and what is asked of it.</summary>
internal static class TestAuthority
{
    public static CertificateAuthority Create(TimeProvider time) => new(CertificateAuthority.CreateRoot("test", time), time);

    public static ECDsa Key() => ECDsa.Create(ECCurve.NamedCurves.nistP256);

    public static X509Certificate2 Client(CertificateAuthority authority, string user, TimeSpan lifetime, params string[] groups)
    {
        using var key = Key();
        using var certificate = authority.IssueClient(new PublicKey(key), user, groups, lifetime);
        return certificate.CopyWithPrivateKey(key);
    }

    /// <summary>A request in PEM for a subject such as <c>O=system:nodes, CN=system:node:host1</c>.</summary>
    public static byte[] Request(string subject, AsymmetricAlgorithm key)
    {
        var request = key switch
        {
            ECDsa ec => new CertificateRequest(subject, ec, HashAlgorithmName.SHA256),
            RSA rsa => new CertificateRequest(subject, rsa, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1),
            _ => throw new ArgumentException("ECDSA or RSA", nameof(key)),
        };
        // What a requester would like and must not get.
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.1")], true));
        return Encoding.ASCII.GetBytes(request.CreateSigningRequestPem());
    }
}
