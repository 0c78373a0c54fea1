using Rempart.Api.Meta;

namespace Rempart.Api.Networking;

/// <summary>Who holds an address.</summary>
public sealed record AddressClaimSpec
{
    /// <summary>Kind of the owner: <c>NetworkInterface</c> or <c>Network</c>.</summary>
    [OneOf("NetworkInterface", "Network")]
    public required string OwnerKind { get; init; }

    /// <summary>Project of the owner.</summary>
    public required string OwnerNamespace { get; init; }

    /// <summary>Name of the owner.</summary>
    public required string OwnerName { get; init; }

    /// <summary>UID of the owner.</summary>
    public required string OwnerUid { get; init; }

    /// <summary>What is claimed: a MAC address, an IP address or a subnet.</summary>
    public required string Value { get; init; }
}
