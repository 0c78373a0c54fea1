using Rempart.Api.Meta;

namespace Rempart.Api.Core;

/// <summary>Names an object in the same namespace.</summary>
[Atomic]
public sealed record LocalObjectReference
{
    /// <summary>Name.</summary>
    public string? Name { get; init; }
}
