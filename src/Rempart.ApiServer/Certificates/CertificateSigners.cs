namespace Rempart.ApiServer.Certificates;

/// <summary>Values of <c>spec.signerName</c> of a CertificateSigningRequest.</summary>
public static class CertificateSigners
{
    /// <summary>Certificates of nodes: signed at once for the holder of a bootstrap token and for the node itself, for nobody else.</summary>
    public const string Node = "rempart.dev/node";

    /// <summary>Certificates of people and programs: signed when somebody else approves (<c>kubectl certificate approve</c>).</summary>
    public const string Client = "rempart.dev/client";

    /// <summary>Life of a node's certificate.</summary>
    public static readonly TimeSpan NodeLifetime = TimeSpan.FromHours(24);

    /// <summary>Life of a client's certificate when the request names none.</summary>
    public static readonly TimeSpan ClientLifetime = TimeSpan.FromDays(7);

    /// <summary>Longest life of a client's certificate.</summary>
    public static readonly TimeSpan LongestClientLifetime = TimeSpan.FromDays(30);

    /// <summary>Shortest life that may be asked for, as in Kubernetes.</summary>
    public static readonly TimeSpan ShortestLifetime = TimeSpan.FromMinutes(10);
}
