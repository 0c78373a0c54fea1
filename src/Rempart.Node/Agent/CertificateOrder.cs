using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Rempart.Api.Certificates;
using Rempart.Api.Client;
using Rempart.Api.Meta;

namespace Rempart.Node.Agent;

/// <summary>Has the server sign a certificate over a new key that is made here and never leaves the host.</summary>
internal static class CertificateOrder
{
    /// <param name="client">Who asks.</param>
    /// <param name="signer">Such as `rempart.dev/node`.</param>
    /// <param name="name">What the request's name begins with.</param>
    /// <param name="subject">Whom the certificate is for.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The certificate and those that the server sent along, the certificate first, and the key, all in PEM.</returns>
    /// <exception cref="ApiException">The server refused it, or has not signed it.</exception>
    public static async Task<(string Certificates, string Key)> PlaceAsync(ApiClient client, string signer, string name, X500DistinguishedName subject, CancellationToken cancellationToken)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest(subject, key, HashAlgorithmName.SHA256).CreateSigningRequestPem();
        var answer = await client.CreateAsync(new CertificateSigningRequest
        {
            Metadata = new ObjectMeta { Name = $"{name}-{RandomNumberGenerator.GetHexString(10, lowercase: true)}" },
            Spec = new CertificateSigningRequestSpec { Request = Encoding.ASCII.GetBytes(request), SignerName = signer, Usages = ["client auth", "digital signature"] },
        }, cancellationToken);
        if (answer.Status?.Certificate is not { Length: > 0 } signed) throw ApiException.Failure(403, StatusReason.Forbidden, $"the server has not signed the certificate that was asked of `{signer}`");
        return (Encoding.ASCII.GetString(signed).TrimEnd(), key.ExportPkcs8PrivateKeyPem());
    }
}
