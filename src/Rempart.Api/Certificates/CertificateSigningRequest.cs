using Rempart.Api.Meta;

namespace Rempart.Api.Certificates;

/// <summary>Asks the cluster's CA for a certificate.</summary>
[ApiKind("certificates.k8s.io", "v1", "certificatesigningrequests", ClusterScoped = true, ShortNames = ["csr"])]
[PrinterColumn("SignerName", ".spec.signerName")]
[PrinterColumn("Requestor", ".spec.username")]
[PrinterColumn("Condition", ".status.conditions[*].type")]
[SelectableField("spec.signerName")]
public sealed record CertificateSigningRequest : ApiObject
{
    /// <summary>The request. Can't be changed.</summary>
    public required CertificateSigningRequestSpec Spec { get; init; }

    /// <summary>The decision and the certificate.</summary>
    public CertificateSigningRequestStatus? Status { get; init; }
}
