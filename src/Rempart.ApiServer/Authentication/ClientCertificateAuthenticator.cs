using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Http;
using Rempart.Api.Certificates;
using Rempart.ApiServer.Certificates;
using Rempart.Policy.Authorization;

namespace Rempart.ApiServer.Authentication;

/// <summary>
/// The connection's client certificate: its common name is the user, its organizations are the groups. The chain is built once a
/// connection; expiry and revocation are looked at with each request, because connections outlive both.
/// </summary>
/// <param name="authorities">The cluster's CA certificates.</param>
/// <param name="revocations">Certificates that don't count any more.</param>
/// <param name="time">The clock.</param>
public sealed class ClientCertificateAuthenticator(X509Certificate2Collection authorities, CertificateRevocations revocations, TimeProvider time) : IRequestAuthenticator
{
    // The TLS layer hands out one certificate object a connection.
    private readonly ConditionalWeakTable<X509Certificate2, VerifiedCertificate> verifiedOfConnection = [];

    /// <inheritdoc/>
    public ValueTask<Caller?> AuthenticateAsync(HttpContext context, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(context);
        if (context.Connection.ClientCertificate is not { } certificate) return ValueTask.FromResult<Caller?>(null);
        var verified = verifiedOfConnection.GetValue(certificate, Verify);
        var now = time.GetUtcNow();
        if (now >= verified.Expires) throw Credentials.Refused("the certificate has expired; get a new one");
        if (revocations.Refusal(verified.Caller, verified.IssuedAt) is { } refusal) throw Credentials.Refused(refusal);
        return ValueTask.FromResult<Caller?>(verified.Caller);
    }

    private VerifiedCertificate Verify(X509Certificate2 certificate)
    {
        if (CertificateTrust.Refusal(certificate, authorities, CertificateUsage.Client, time.GetUtcNow()) is { } refusal) throw Credentials.Refused(refusal);
        try
        {
            var subject = DistinguishedName.Parse(certificate.SubjectName);
            var caller = new Caller { Name = subject.User, Groups = [.. subject.Groups, Credentials.Authenticated], Method = Credentials.Certificate, Credential = certificate.SerialNumber };
            return new VerifiedCertificate(caller, new DateTimeOffset(certificate.NotAfter.ToUniversalTime()), CertificateSerial.IssuedAt(certificate));
        }
        catch (CryptographicException e)
        {
            throw Credentials.Refused(e.Message);
        }
    }
}
