using Microsoft.AspNetCore.Http;
using Rempart.ApiServer.Authentication;
using Rempart.Policy.Authorization;

namespace Rempart.ApiServer.Tests.Http;

/// <summary>Believes the common name and organizations of a certificate that the handshake has checked.</summary>
internal sealed class CertificateNameAuthenticator : IRequestAuthenticator
{
    public ValueTask<Caller?> AuthenticateAsync(HttpContext context, CancellationToken cancellationToken)
    {
        if (context.Connection.ClientCertificate is not { } certificate) return ValueTask.FromResult<Caller?>(null);
        var names = certificate.SubjectName.EnumerateRelativeDistinguishedNames().ToLookup(n => n.GetSingleElementType().Value, n => n.GetSingleElementValue());
        return ValueTask.FromResult<Caller?>(new Caller
        {
            Name = names["2.5.4.3"].First()!,
            Groups = [.. names["2.5.4.10"].OfType<string>(), "system:authenticated"],
            Method = "certificate",
        });
    }
}
