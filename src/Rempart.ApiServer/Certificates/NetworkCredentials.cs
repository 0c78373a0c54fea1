using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Rempart.Api.Certificates;

namespace Rempart.ApiServer.Certificates;

/// <summary>An API server's own certificate for OVN's northbound database, in memory, renewed here. Safe for use by many threads.</summary>
/// <param name="authority">Issues it.</param>
/// <param name="time">The clock.</param>
public sealed class NetworkCredentials(NetworkAuthority authority, TimeProvider time)
{
    private static readonly TimeSpan Lifetime = TimeSpan.FromDays(1);
    private readonly Lock gate = new();
    private X509Certificate2? current;

    /// <summary>The only authority whose servers are OVN's databases.</summary>
    public X509Certificate2Collection Trust => [authority.Central];

    /// <summary>The certificate and key; another one each time two thirds of its life are over, so ask with each connection.</summary>
    public X509Certificate2 Certificate()
    {
        lock (gate)
        {
            // The one before is left to the collector: a connection may still use it.
            if (current is not null && time.GetUtcNow() < CertificateRenewal.DueAt(current, 0)) return current;
            using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            using var certificate = authority.IssueWriter(new PublicKey(key), "rempart-server", Lifetime);
            return current = certificate.CopyWithPrivateKey(key);
        }
    }
}
