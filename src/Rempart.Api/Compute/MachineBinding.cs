using Rempart.Api.Meta;

namespace Rempart.Api.Compute;

/// <summary>Body of <c>virtualmachines/binding</c>: places a machine on a host, if it is on none.</summary>
public sealed record MachineBinding : ApiObject
{
    /// <summary>Name of the node.</summary>
    public required string NodeName { get; init; }
}
