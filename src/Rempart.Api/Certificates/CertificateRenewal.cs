using System.Security.Cryptography.X509Certificates;

namespace Rempart.Api.Certificates;

/// <summary>When a short-lived certificate is to be replaced.</summary>
public static class CertificateRenewal
{
    /// <summary>
    /// The moment at two thirds of the certificate's life, or up to a twelfth of the life earlier: many certificates made together
    /// are then not renewed together.
    /// </summary>
    /// <param name="certificate">The certificate in use.</param>
    /// <param name="spread">0 (two thirds) to 1 (earliest); random, and the same for the life of one certificate.</param>
    public static DateTimeOffset DueAt(X509Certificate2 certificate, double spread)
    {
        ArgumentNullException.ThrowIfNull(certificate);
        ArgumentOutOfRangeException.ThrowIfNegative(spread);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(spread, 1);
        var begin = new DateTimeOffset(certificate.NotBefore.ToUniversalTime());
        var life = new DateTimeOffset(certificate.NotAfter.ToUniversalTime()) - begin;
        return begin + (life * (2.0 / 3.0)) - (life * (spread / 12.0));
    }
}
