namespace Rempart.Api.Core;

/// <summary>An address of a host.</summary>
public sealed record NodeAddress
{
    /// <summary><c>Hostname</c>, <c>InternalIP</c> (the management plane), <c>ExternalIP</c>, or another plane: <c>rempart.dev/migration</c>, <c>rempart.dev/storage</c>, <c>rempart.dev/tenant</c>.</summary>
    public required string Type { get; init; }

    /// <summary>The address.</summary>
    public required string Address { get; init; }
}
