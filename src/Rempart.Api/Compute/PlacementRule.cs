using Rempart.Api.Meta;

namespace Rempart.Api.Compute;

/// <summary>Says which machines of a project go together, apart, or to which hosts. It holds for placements and moves; machines that are where they are stay there.</summary>
[ApiKind("compute.rempart.dev", "v1", "placementrules", ShortNames = ["prule"])]
[PrinterColumn("Type", ".spec.type")]
[PrinterColumn("Enforcement", ".spec.enforcement")]
[PrinterColumn("Topology", ".spec.topologyKey")]
[PrinterColumn("Weight", ".spec.weight", Priority = 1)]
public sealed record PlacementRule : ApiObject
{
    /// <summary>What is wanted.</summary>
    public required PlacementRuleSpec Spec { get; init; }
}
