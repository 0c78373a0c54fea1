using System.Text.Json.Nodes;
using Rempart.Api.Meta;
using Rempart.Api.Networking;
using Rempart.ApiServer.Registry;
using Rules = Rempart.Policy.Networking.NetworkRules;

namespace Rempart.ApiServer.Kinds.Networking;

/// <summary>Rules of Networks: the policy's.</summary>
internal sealed class NetworkRules : TypedKindRules<Network>
{
    public override void Default(JsonObject document)
    {
        if (document["spec"] is JsonObject spec) spec["mtu"] ??= Rules.DefaultMtu;
    }

    protected override void Validate(Network document, Network? old, FieldErrors errors)
    {
        foreach (var cause in Rules.Validate(document, old)) errors.Found(cause);
    }
}
