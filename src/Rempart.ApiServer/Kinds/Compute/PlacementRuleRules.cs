using System.Text.Json.Nodes;
using Rempart.Api.Compute;
using Rempart.Api.Meta;
using Rempart.ApiServer.Registry;
using Rempart.ApiServer.Validation;
using Rempart.Policy.Placement;

namespace Rempart.ApiServer.Kinds.Compute;

/// <summary>Rules of PlacementRules: that each says one thing, whole.</summary>
internal sealed class PlacementRuleRules : TypedKindRules<PlacementRule>
{
    public override void Default(JsonObject document)
    {
        if (document["spec"] is not JsonObject spec) return;
        spec["enforcement"] ??= PlacementRuleSpec.Hard;
        if (spec["hosts"] is null) spec["topologyKey"] ??= PlacementRuleSpec.HostTopology;
        if (spec["enforcement"] is JsonValue value && value.TryGetValue<string>(out var enforcement) && enforcement == PlacementRuleSpec.Soft) spec["weight"] ??= PlacementRuleBounds.UsualWeight;
    }

    protected override void Validate(PlacementRule document, PlacementRule? old, FieldErrors errors)
    {
        var spec = document.Spec;
        errors.OneOf("spec.type", spec.Type, PlacementRuleSpec.Together, PlacementRuleSpec.Apart);
        errors.OneOf("spec.enforcement", spec.Enforcement, PlacementRuleSpec.Hard, PlacementRuleSpec.Soft);
        errors.Between("spec.weight", spec.Weight, 1, PlacementRuleBounds.MostWeight);
        if (spec.Weight is not null && spec.Enforcement != PlacementRuleSpec.Soft) errors.Forbidden("spec.weight", "only a rule with `enforcement: Preferred` is weighed");
        errors.Selector("spec.machines", spec.Machines);
        errors.Selector("spec.others", spec.Others);
        errors.Selector("spec.hosts", spec.Hosts);
        if (spec.TopologyKey is { } key && Names.QualifiedNameRule(key) is { } broken) errors.Invalid("spec.topologyKey", key, broken);
        if (spec.Hosts is not null)
        {
            const string About = "a rule about hosts has none: make two rules";
            if (spec.Others is not null) errors.Forbidden("spec.others", About);
            if (spec.TopologyKey is not null) errors.Forbidden("spec.topologyKey", About);
            if (spec.Hosts is { MatchLabels: null or { Count: 0 }, MatchExpressions: null or { Count: 0 } }) errors.Invalid("spec.hosts", null, "must select by at least one label: an empty selector means every host");
        }

        if (spec.MaxPerDomain is null) return;
        errors.Between("spec.maxPerDomain", spec.MaxPerDomain, 1, PlacementRuleBounds.MostPerDomain);
        if (spec.Type != PlacementRuleSpec.Apart || spec.Enforcement != PlacementRuleSpec.Hard || spec.Others is not null || spec.Hosts is not null)
            errors.Forbidden("spec.maxPerDomain", "only a rule with `type: Separation` and `enforcement: Required`, of machines from each other, has a maximum");
    }
}
