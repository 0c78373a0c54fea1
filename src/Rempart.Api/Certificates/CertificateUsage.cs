namespace Rempart.Api.Certificates;

/// <summary>What a certificate of the cluster's CA may serve for: exactly one of these extended key usages (RFC 5280 §4.2.1.12).</summary>
public static class CertificateUsage
{
    /// <summary>A TLS server: the API server.</summary>
    public const string Server = "1.3.6.1.5.5.7.3.1";

    /// <summary>A TLS client: people, agents, controllers.</summary>
    public const string Client = "1.3.6.1.5.5.7.3.2";

    /// <summary>Signs stream tickets; a UUID-derived identifier of ours (ITU-T X.667).</summary>
    public const string Tickets = "2.25.190302563214471846537810924718235001";
}
