using Rempart.Api.Infra;
using Rempart.Api.Meta;
using Rempart.ApiServer.Registry;
using Rempart.ApiServer.Validation;

namespace Rempart.ApiServer.Kinds.Infra;

/// <summary>Rules of HostClusters.</summary>
internal sealed class HostClusterRules : TypedKindRules<HostCluster>
{
    protected override void Validate(HostCluster document, HostCluster? old, FieldErrors errors)
    {
        // Nodes name it in a label.
        if (document.Metadata.Name is { } name && Names.LabelValueRule(name) is { } rule) errors.Invalid("metadata.name", name, rule);
        errors.Between("spec.overcommit.cpu", document.Spec.Overcommit?.Cpu, 1, CpuOvercommit.Most);
        errors.Between("spec.overcommit.memoryPercent", document.Spec.Overcommit?.MemoryPercent, 100, HostOvercommit.MostMemory);
    }
}
