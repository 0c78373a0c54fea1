using Rempart.Api.Client;

namespace Rempart.Cli.Kubeconfig;

/// <summary>Where the server is and how to sign in, as a kubeconfig's context says.</summary>
internal sealed record KubeContext
{
    /// <summary>Base address.</summary>
    public required Uri Server { get; init; }

    /// <summary>Further servers of the same cluster, asked when that one does not answer.</summary>
    public IReadOnlyList<Uri> Alternates { get; init; } = [];

    /// <summary>Certificates of the CA in PEM.</summary>
    public string? CertificateAuthority { get; init; }

    /// <summary>Client certificate in PEM.</summary>
    public string? ClientCertificate { get; init; }

    /// <summary>Client key in PEM.</summary>
    public string? ClientKey { get; init; }

    /// <summary>Bearer token.</summary>
    public string? Token { get; init; }

    /// <summary>Namespace when the command names none.</summary>
    public string Namespace { get; init; } = "default";

    /// <summary>Name of the user entry.</summary>
    public string? User { get; init; }

    /// <summary>What the client needs of it.</summary>
    public ApiConnection ToConnection() =>
        (ClientCertificate is { } certificate && ClientKey is { } key
            ? ApiConnection.WithCertificate(Server, CertificateAuthority ?? "", certificate, key)
            : new ApiConnection { Server = Server }) with
        {
            Alternates = Alternates,
            CertificateAuthorityPem = CertificateAuthority,
            BearerToken = Token,
        };
}
