using System.Text.Json.Nodes;
using Rempart.Api.Infra;
using Rempart.Api.Meta;
using Rempart.ApiServer.Registry;

namespace Rempart.ApiServer.Kinds.Infra;

/// <summary>Rules of HostMaintenances.</summary>
internal sealed class HostMaintenanceRules : TypedKindRules<HostMaintenance>
{
    private const int Most = 16;

    public override void Default(JsonObject document)
    {
        if (document["spec"] is JsonObject spec) spec["parallel"] ??= HostMaintenanceSpec.UsualParallel;
    }

    public override void PrepareForCreate(JsonObject document, WriteCall call)
    {
        // A host that was made unschedulable must be let go before this is forgotten.
        if (document.Metadata()["finalizers"] is not JsonArray finalizers) document.Metadata()["finalizers"] = finalizers = [];
        if (!finalizers.Any(finalizer => finalizer?.GetValue<string>() == MaintenanceMarks.Finalizer)) finalizers.Add(MaintenanceMarks.Finalizer);
    }

    protected override void Validate(HostMaintenance document, HostMaintenance? old, FieldErrors errors)
    {
        errors.Between("spec.parallel", document.Spec.Parallel, 1, Most);
        errors.OneOf("status.phase", document.Status?.Phase, MaintenancePhase.Draining, MaintenancePhase.Blocked, MaintenancePhase.Drained, MaintenancePhase.Leaving);
        errors.AtMost("status.blockers", document.Status?.Blockers, HostMaintenanceStatus.MostBlockers);
    }
}
