using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Rempart.ApiServer.Certificates;

/// <summary>What is taken from a PKCS#10 request: its subject and its key. Extensions that it asks for are not even read; the signer alone says what a certificate serves for.</summary>
/// <param name="Subject">User and groups.</param>
/// <param name="Key">The public key; the request is signed with its private half.</param>
internal sealed record RequestedCertificate(DistinguishedName Subject, PublicKey Key)
{
    private const int MaxBytes = 16 * 1024;

    /// <summary>SHA-256 of the public key in hexadecimal: tells whether two requests come from the same holder.</summary>
    public string KeyDigest => Convert.ToHexStringLower(SHA256.HashData(Key.ExportSubjectPublicKeyInfo()));

    /// <summary>Reads a request.</summary>
    /// <param name="pem">PEM bytes.</param>
    /// <exception cref="CryptographicException">It is malformed, not signed by its own key, or its key is too weak.</exception>
    public static RequestedCertificate Read(byte[] pem)
    {
        var request = Load(pem);
        CheckKey(request.PublicKey);
        return new RequestedCertificate(DistinguishedName.Parse(request.SubjectName), request.PublicKey);
    }

    /// <summary>Reads a request for whatever key.</summary>
    /// <param name="pem">PEM bytes.</param>
    /// <exception cref="CryptographicException">It is malformed, or not signed by its own key.</exception>
    public static CertificateRequest Load(byte[] pem)
    {
        if (pem.Length > MaxBytes) throw new CryptographicException($"the request is longer than {MaxBytes} bytes");
        try
        {
            return CertificateRequest.LoadSigningRequestPem(Encoding.ASCII.GetString(pem), HashAlgorithmName.SHA256, CertificateRequestLoadOptions.Default, RSASignaturePadding.Pkcs1);
        }
        catch (ArgumentException e)
        {
            throw new CryptographicException("the request is no PEM block `CERTIFICATE REQUEST`", e);
        }
        catch (NotSupportedException e)
        {
            // .NET says this of signatures that it can't check, such as Ed25519's.
            throw new CryptographicException("the request is signed with an algorithm that can't be checked here: sign it with ECDSA or RSA", e);
        }
    }

    private static void CheckKey(PublicKey key)
    {
        using var ec = key.GetECDsaPublicKey();
        if (ec is not null)
        {
            // A curve that is spelled out has no name.
            var curve = ec.ExportParameters(includePrivateParameters: false).Curve.Oid ?? new Oid();
            if (curve.Value is "1.2.840.10045.3.1.7" or "1.3.132.0.34" || curve.FriendlyName is "nistP256" or "nistP384" or "ECDSA_P256" or "ECDSA_P384") return;
            throw new CryptographicException("the key must be ECDSA on P-256 or P-384, or RSA of 2048 to 4096 bits");
        }

        using var rsa = key.GetRSAPublicKey();
        if (rsa is null || rsa.KeySize is < 2048 or > 4096) throw new CryptographicException("the key must be ECDSA on P-256 or P-384, or RSA of 2048 to 4096 bits");
    }
}
