using Rempart.Api.Meta;

namespace Rempart.Api.Infra;

/// <summary>Memory and processors that are near each other.</summary>
public sealed record HostNumaNode
{
    /// <summary>Its number.</summary>
    public required int Id { get; init; }

    /// <summary>Its processors, as the kernel writes lists: <c>0-3,8-11</c>; empty for memory alone.</summary>
    public string? Cpus { get; init; }

    /// <summary>Its memory.</summary>
    public Quantity? Memory { get; init; }
}
