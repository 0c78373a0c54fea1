using Rempart.Api.Meta;

namespace Rempart.Api.Certificates;

/// <summary>Decision and certificate.</summary>
public sealed record CertificateSigningRequestStatus
{
    /// <summary><c>Approved</c>, <c>Denied</c> or <c>Failed</c>.</summary>
    [ListType("type")]
    public IReadOnlyList<CertificateSigningRequestCondition>? Conditions { get; init; }

    /// <summary>The certificate chain in PEM, in base64.</summary>
    public byte[]? Certificate { get; init; }
}
