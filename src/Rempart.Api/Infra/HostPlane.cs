using Rempart.Api.Meta;

namespace Rempart.Api.Infra;

/// <summary>A host's end of a network plane.</summary>
public sealed record HostPlane
{
    /// <summary><c>management</c>, <c>migration</c>, <c>storage</c> or <c>tenant</c>.</summary>
    [OneOf("management", "migration", "storage", "tenant")]
    public required string Name { get; init; }

    /// <summary>The host's address on it.</summary>
    public string? Address { get; init; }

    /// <summary>Device that has the address; absent while none has.</summary>
    public string? Device { get; init; }

    /// <summary>Whether the address is there and the device has a carrier.</summary>
    public bool? Ready { get; init; }
}
