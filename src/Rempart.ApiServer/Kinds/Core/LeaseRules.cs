using Rempart.Api.Coordination;
using Rempart.Api.Meta;
using Rempart.ApiServer.Registry;
using Rempart.ApiServer.Validation;

namespace Rempart.ApiServer.Kinds.Core;

/// <summary>Rules of Leases.</summary>
internal sealed class LeaseRules : TypedKindRules<Lease>
{
    protected override void Validate(Lease document, Lease? old, FieldErrors errors)
    {
        if (document.Spec?.LeaseDurationSeconds is { } seconds and <= 0) errors.Invalid("spec.leaseDurationSeconds", seconds, "must be greater than 0");
        if (document.Spec?.LeaseTransitions is { } changes and < 0) errors.Invalid("spec.leaseTransitions", changes, "must be greater than or equal to 0");
        if (document.Spec?.PreferredHolder is { Length: > 0 } && document.Spec.Strategy is not { Length: > 0 }) errors.Forbidden("spec.preferredHolder", "may only be specified when `strategy` is defined");
        if (document.Spec?.Strategy is not { } strategy) return;
        if (!strategy.Contains('/', StringComparison.Ordinal)) errors.OneOf("spec.strategy", strategy, "OldestEmulationVersion");
        else if (Names.QualifiedNameRule(strategy) is { } rule) errors.Invalid("spec.strategy", strategy, rule);
    }
}
