using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Rempart.Testing.Ovsdb;

/// <summary>A certificate authority of a test's own, for both sides of TLS.</summary>
public sealed class OvsdbCertificates : IDisposable
{
    private static readonly TimeSpan Life = TimeSpan.FromHours(1);

    public OvsdbCertificates(string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        Authority = request.CreateSelfSigned(TimeProvider.System.GetUtcNow() - Life, TimeProvider.System.GetUtcNow() + Life);
    }

    /// <summary>With its key.</summary>
    public X509Certificate2 Authority { get; }

    /// <summary>A certificate with its key.</summary>
    public X509Certificate2 Issue(string name, params IPAddress[] addresses)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        if (addresses.Length > 0)
        {
            var names = new SubjectAlternativeNameBuilder();
            foreach (var address in addresses) names.AddIpAddress(address);
            request.CertificateExtensions.Add(names.Build());
        }
        using var certificate = request.Create(Authority, TimeProvider.System.GetUtcNow() - (Life / 2), TimeProvider.System.GetUtcNow() + (Life / 2), RandomNumberGenerator.GetBytes(8));
        return certificate.CopyWithPrivateKey(key);
    }

    /// <summary>Certificate and key in one file, as the servers take them.</summary>
    public static string Pem(X509Certificate2 certificate)
    {
        using var key = certificate.GetECDsaPrivateKey()!;
        return $"{certificate.ExportCertificatePem()}\n{key.ExportPkcs8PrivateKeyPem()}\n";
    }

    public void Dispose() => Authority.Dispose();
}
