using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Rempart.Api.Certificates;

/// <summary>Judges certificates against the cluster's CA and nothing else: the host's own roots don't count.</summary>
public static class CertificateTrust
{
    /// <summary>Why a certificate is not to be trusted; null when it is.</summary>
    /// <param name="certificate">The certificate that a peer showed.</param>
    /// <param name="authorities">The cluster's CA certificates.</param>
    /// <param name="usage">One of <see cref="CertificateUsage"/>.</param>
    /// <param name="now">The time to judge at.</param>
    public static string? Refusal(X509Certificate2 certificate, X509Certificate2Collection authorities, string usage, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(certificate);
        ArgumentNullException.ThrowIfNull(authorities);
        // A chain engine takes a missing usage for every usage.
        var usages = certificate.Extensions.OfType<X509EnhancedKeyUsageExtension>().SelectMany(e => e.EnhancedKeyUsages.Cast<Oid>()).Select(oid => oid.Value).ToArray();
        if (!usages.Contains(usage)) return "the certificate is not made for this use";
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(authorities);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.DisableCertificateDownloads = true;
        chain.ChainPolicy.VerificationTime = now.UtcDateTime;
        chain.ChainPolicy.VerificationTimeIgnored = false;
        chain.ChainPolicy.ApplicationPolicy.Add(new Oid(usage));
        if (chain.Build(certificate)) return null;
        var flags = chain.ChainStatus.Aggregate(X509ChainStatusFlags.NoError, (all, status) => all | status.Status);
        if (flags.HasFlag(X509ChainStatusFlags.PartialChain) || flags.HasFlag(X509ChainStatusFlags.UntrustedRoot) || flags.HasFlag(X509ChainStatusFlags.NotSignatureValid))
            return "the certificate was not issued by this cluster";
        if (!flags.HasFlag(X509ChainStatusFlags.NotTimeValid)) return $"the certificate is not valid: {flags}";
        return now < new DateTimeOffset(certificate.NotBefore.ToUniversalTime()) ? "the certificate is not valid yet; check the clock" : "the certificate has expired; get a new one";
    }
}
