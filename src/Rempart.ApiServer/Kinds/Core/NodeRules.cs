using Rempart.Api.Core;
using Rempart.Api.Infra;
using Rempart.Api.Meta;
using Rempart.ApiServer.Registry;

namespace Rempart.ApiServer.Kinds.Core;

/// <summary>Rules of Nodes.</summary>
internal sealed class NodeRules : TypedKindRules<Node>
{
    private const int MostTaints = 64;

    protected override void Validate(Node document, Node? old, FieldErrors errors)
    {
        var taints = errors.AtMost("spec.taints", document.Spec?.Taints, MostTaints);
        for (var i = 0; i < taints.Count; i++) errors.OneOf($"spec.taints[{i}].effect", taints[i].Effect, "NoSchedule", "PreferNoSchedule", "NoExecute");
        if (document.Metadata.Annotations?.TryGetValue(CpuOvercommit.Annotation, out var overcommit) == true && CpuOvercommit.Parse(overcommit) is null)
            errors.Invalid($"metadata.annotations[{CpuOvercommit.Annotation}]", overcommit, $"must be a whole number of 1 to {CpuOvercommit.Most}: virtual processors for each processor of the host");
        var conditions = errors.AtMost("status.conditions", document.Status?.Conditions, MostTaints);
        for (var i = 0; i < conditions.Count; i++) errors.OneOf($"status.conditions[{i}].status", conditions[i].Status, "True", "False", "Unknown");
    }
}
