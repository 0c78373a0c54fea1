namespace Rempart.Api.Core;

/// <summary>An address of a host.</summary>
public sealed record NodeAddress
{
    /// <summary><c>Hostname</c>, <c>InternalIP</c> or <c>ExternalIP</c>.</summary>
    public required string Type { get; init; }

    /// <summary>The address.</summary>
    public required string Address { get; init; }
}
