using Rempart.Api.Meta;

namespace Rempart.Api.Compute;

/// <summary>A size of machine.</summary>
[ApiKind("compute.rempart.dev", "v1", "machineclasses", ClusterScoped = true, ShortNames = ["mc"])]
[PrinterColumn("Cpus", ".spec.cpus", Type = "integer")]
[PrinterColumn("Memory", ".spec.memory")]
public sealed record MachineClass : ApiObject
{
    /// <summary>Processors and memory.</summary>
    public required MachineClassSpec Spec { get; init; }
}
