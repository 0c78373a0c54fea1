using System.Security.Cryptography.X509Certificates;
using Rempart.Api.Coordination;

namespace Rempart.Api.Client;

/// <summary>Where an API server is and how to prove who calls it. A kubeconfig is read into this by whoever knows YAML.</summary>
public sealed record ApiConnection
{
    /// <summary>Base address such as <c>https://127.0.0.1:6443</c>.</summary>
    public required Uri Server { get; init; }

    /// <summary>Further servers of the same cluster, asked in turn when nobody answers at the one that was used last.</summary>
    public IReadOnlyList<Uri> Alternates { get; init; } = [];

    /// <summary>Certificates that the server's must chain to, in PEM; the host's own roots are never used when this is set.</summary>
    public string? CertificateAuthorityPem { get; init; }

    /// <summary>The caller's certificate with its key, asked for anew with each connection so that it can be renewed; null for none.</summary>
    public Func<X509Certificate2?>? ClientCertificate { get; init; }

    /// <summary>Token sent as <c>Authorization: Bearer</c>, such as a node's one-time token.</summary>
    public string? BearerToken { get; init; }

    /// <summary>The term of leadership in which everything is written; null for who is not elected.</summary>
    public FencingToken? Fence { get; init; }

    /// <summary>Name sent as <c>User-Agent</c>; managedFields show it.</summary>
    public string UserAgent { get; init; } = "rempart";

    /// <summary>A connection with a certificate and key in PEM.</summary>
    /// <param name="server">Base address.</param>
    /// <param name="caPem">Certificates that the server's must chain to.</param>
    /// <param name="certificatePem">The caller's certificate chain.</param>
    /// <param name="keyPem">The caller's private key, PKCS#8 or SEC1.</param>
    public static ApiConnection WithCertificate(Uri server, string caPem, string certificatePem, string keyPem)
    {
        var certificate = X509Certificate2.CreateFromPem(certificatePem, keyPem);
        return new ApiConnection { Server = server, CertificateAuthorityPem = caPem, ClientCertificate = () => certificate };
    }
}
