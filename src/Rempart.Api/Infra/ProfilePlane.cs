using Rempart.Api.Meta;

namespace Rempart.Api.Infra;

/// <summary>Where a host's address on a network plane is found: by its device, the prefix that it lies in, or both.</summary>
public sealed record ProfilePlane
{
    /// <summary><c>management</c>, <c>migration</c>, <c>storage</c> or <c>tenant</c>.</summary>
    [OneOf("management", "migration", "storage", "tenant")]
    public required string Name { get; init; }

    /// <summary>Device that carries the plane, such as <c>bond0</c>.</summary>
    public string? Device { get; init; }

    /// <summary>Addresses of the plane, such as <c>10.30.0.0/24</c>. A host that claims one outside of it is refused.</summary>
    public string? Prefix { get; init; }
}
