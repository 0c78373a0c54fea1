using Rempart.Api.Meta;

namespace Rempart.Api.Networking;

/// <summary>
/// Holds a MAC address, an IP address of a network, or a subnet for one owner. Its name is made of what it claims, so that
/// a second claim of the same is refused by the store itself. Made by the network controller.
/// </summary>
[ApiKind("network.rempart.dev", "v1", "addressclaims", ClusterScoped = true)]
[PrinterColumn("Owner", ".spec.ownerName")]
[PrinterColumn("Project", ".spec.ownerNamespace")]
public sealed record AddressClaim : ApiObject
{
    /// <summary>Who holds it. Can't be changed.</summary>
    public required AddressClaimSpec Spec { get; init; }
}
