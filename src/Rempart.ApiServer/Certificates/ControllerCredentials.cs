using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Rempart.Api.Certificates;

namespace Rempart.ApiServer.Certificates;

/// <summary>
/// Client certificates for the controllers of the server process, so that they too go through the whole pipeline, each with its own
/// role. Made from the CA in memory, good for a day, renewed here; nothing is written to disk. Safe for use by many threads.
/// </summary>
/// <param name="authority">The cluster's CA.</param>
/// <param name="time">The clock.</param>
public sealed class ControllerCredentials(CertificateAuthority authority, TimeProvider time) : IDisposable
{
    private static readonly TimeSpan Lifetime = TimeSpan.FromDays(1);
    private readonly Lock gate = new();
    private readonly Dictionary<string, X509Certificate2> issued = [];
    private readonly List<X509Certificate2> replaced = [];

    /// <summary>The certificate and key of <c>system:controller:NAME</c>; another one each time two thirds of its life are over, so ask with each connection.</summary>
    /// <param name="controller">Name such as <c>scheduler</c>.</param>
    public X509Certificate2 For(string controller)
    {
        lock (gate)
        {
            if (issued.TryGetValue(controller, out var current))
            {
                if (time.GetUtcNow() < CertificateRenewal.DueAt(current, 0)) return current;
                // Connections may still use it until it ends.
                foreach (var ended in replaced.Where(certificate => new DateTimeOffset(certificate.NotAfter.ToUniversalTime()) < time.GetUtcNow()).ToArray())
                {
                    replaced.Remove(ended);
                    ended.Dispose();
                }

                replaced.Add(current);
            }

            using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            using var certificate = authority.IssueClient(new PublicKey(key), $"system:controller:{controller}", ["system:controllers"], Lifetime);
            return issued[controller] = certificate.CopyWithPrivateKey(key);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var certificate in issued.Values.Concat(replaced)) certificate.Dispose();
    }
}
