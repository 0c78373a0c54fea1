using Rempart.Api.Meta;

namespace Rempart.Api.Networking;

/// <summary>An address of an interface.</summary>
public sealed record InterfaceAddress
{
    /// <summary>The address, without a prefix length.</summary>
    public required string Address { get; init; }

    /// <summary><c>allocated</c> by Rempart or <c>observed</c> on the wire.</summary>
    [OneOf("allocated", "observed")]
    public required string Origin { get; init; }
}
