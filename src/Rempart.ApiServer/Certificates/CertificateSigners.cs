namespace Rempart.ApiServer.Certificates;

/// <summary>Values of <c>spec.signerName</c> of a CertificateSigningRequest.</summary>
public static class CertificateSigners
{
    /// <summary>Certificates of nodes: signed at once for the holder of a bootstrap token and for the node itself, for nobody else.</summary>
    public const string Node = "rempart.dev/node";

    /// <summary>Certificates of a node's OVN: signed at once for the node itself, for nobody else; with the authorities to trust behind it.</summary>
    public const string Network = "rempart.dev/network";

    /// <summary>Certificates of people and programs: signed when somebody else approves (<c>kubectl certificate approve</c>).</summary>
    public const string Client = "rempart.dev/client";

    /// <summary>Kubernetes' name of the same.</summary>
    public const string KubernetesClient = "kubernetes.io/kube-apiserver-client";

    /// <summary>Whether this cluster's CA signs for a signer. All others are somebody else's: requests are kept for them, and they sign with keys of their own.</summary>
    /// <param name="signer">Value of <c>spec.signerName</c>.</param>
    public static bool IsOurs(string signer) => signer is Node or Network or Client or KubernetesClient;

    /// <summary>Whether a signer's domain is Kubernetes' or ours: others can't sign under such names.</summary>
    /// <param name="signer">Value of <c>spec.signerName</c>.</param>
    public static bool IsReserved(string signer) => signer.Split('/')[0] is var domain && (domain is "kubernetes.io" or "rempart.dev"
        || domain.EndsWith(".kubernetes.io", StringComparison.Ordinal) || domain.EndsWith(".k8s.io", StringComparison.Ordinal) || domain.EndsWith(".rempart.dev", StringComparison.Ordinal));

    /// <summary>Life of a node's certificate.</summary>
    public static readonly TimeSpan NodeLifetime = TimeSpan.FromHours(24);

    /// <summary>Life of a certificate of a node's OVN, which knows no revocation: the network goes on for two days without an API server, and a host that was removed is out after three.</summary>
    public static readonly TimeSpan NetworkLifetime = TimeSpan.FromDays(3);

    /// <summary>Life of a client's certificate when the request names none.</summary>
    public static readonly TimeSpan ClientLifetime = TimeSpan.FromDays(7);

    /// <summary>Longest life of a client's certificate.</summary>
    public static readonly TimeSpan LongestClientLifetime = TimeSpan.FromDays(30);

    /// <summary>Shortest life that may be asked for, as in Kubernetes.</summary>
    public static readonly TimeSpan ShortestLifetime = TimeSpan.FromMinutes(10);
}
