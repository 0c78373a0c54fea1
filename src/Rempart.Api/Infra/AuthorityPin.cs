using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Rempart.Api.Infra;

/// <summary>Names the cluster's CA in a few characters, as kubeadm does: <c>sha256:</c> and the SHA-256 of its public key (SubjectPublicKeyInfo, DER) in hexadecimal.</summary>
public static class AuthorityPin
{
    /// <summary>Path at which a server tells its CA certificate to anybody.</summary>
    public const string Path = "/.well-known/rempart/ca.crt";

    private const string Prefix = "sha256:";

    /// <summary>The pin of a certificate.</summary>
    public static string Of(X509Certificate2 certificate)
    {
        ArgumentNullException.ThrowIfNull(certificate);
        return Prefix + Convert.ToHexStringLower(SHA256.HashData(certificate.PublicKey.ExportSubjectPublicKeyInfo()));
    }

    /// <summary>The certificate among others that a pin names; null when none is.</summary>
    /// <param name="pem">Certificates in PEM.</param>
    /// <param name="pin">Such as <c>sha256:1f…</c>.</param>
    /// <exception cref="CryptographicException">The text holds no certificates.</exception>
    public static X509Certificate2? Find(string pem, string pin)
    {
        ArgumentNullException.ThrowIfNull(pin);
        X509Certificate2Collection all = [];
        all.ImportFromPem(pem);
        return all.FirstOrDefault(certificate => string.Equals(Of(certificate), pin, StringComparison.OrdinalIgnoreCase));
    }

    /// <summary>Whether a text is a pin.</summary>
    public static bool IsPin(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return text.StartsWith(Prefix, StringComparison.Ordinal) && text.Length == Prefix.Length + 2 * SHA256.HashSizeInBytes && text[Prefix.Length..].All(char.IsAsciiHexDigit);
    }
}
