using System.Text.Json.Nodes;
using Rempart.Api.Meta;
using Rempart.Api.Networking;
using Rempart.ApiServer.Registry;

namespace Rempart.ApiServer.Kinds.Networking;

/// <summary>Rules of Networks.</summary>
internal sealed class NetworkRules : TypedKindRules<Network>
{
    public override void Default(JsonObject document)
    {
        if (document["spec"] is JsonObject spec) spec["mtu"] ??= 1442;
    }

    protected override void Validate(Network document, Network? old, FieldErrors errors)
    {
        errors.OneOf("spec.type", document.Spec.Type, "Routed", "Internal");
        errors.Ipv4Range("spec.subnet", document.Spec.Subnet, 16, 28);
        // It can't be changed: one that was taken before this rule must still be deletable.
        if (old is null && Ipv4Subnet.TryParse(document.Spec.Subnet, out var subnet) && Policy.Networking.NetworkRules.PrivateProblem(subnet) is { } problem) errors.Invalid("spec.subnet", document.Spec.Subnet, problem);
        errors.Between("spec.mtu", document.Spec.Mtu, 1280, 9000);
        if (old is null) return;
        errors.Unchanged("spec.type", document.Spec.Type, old.Spec.Type);
        errors.Unchanged("spec.subnet", document.Spec.Subnet, old.Spec.Subnet);
    }
}
