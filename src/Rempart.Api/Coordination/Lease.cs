using Rempart.Api.Meta;

namespace Rempart.Api.Coordination;

/// <summary>A sign of life that its holder renews.</summary>
[ApiKind("coordination.k8s.io", "v1", "leases")]
[PrinterColumn("Holder", ".spec.holderIdentity")]
public sealed record Lease : ApiObject
{
    /// <summary>Holder and times.</summary>
    public LeaseSpec? Spec { get; init; }
}
