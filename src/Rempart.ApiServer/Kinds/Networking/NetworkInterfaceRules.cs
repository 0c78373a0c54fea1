using Rempart.Api.Meta;
using Rempart.Api.Networking;
using Rempart.ApiServer.Registry;
using Rules = Rempart.Policy.Networking.NetworkRules;

namespace Rempart.ApiServer.Kinds.Networking;

/// <summary>Rules of NetworkInterfaces: that names are names, and the policy's.</summary>
internal sealed class NetworkInterfaceRules : TypedKindRules<NetworkInterface>
{
    protected override void Validate(NetworkInterface document, NetworkInterface? old, FieldErrors errors)
    {
        errors.ObjectName("spec.network", document.Spec.Network);
        foreach (var (i, group) in (document.Spec.SecurityGroups ?? []).Take(FieldErrors.Most).Index()) errors.ObjectName($"spec.securityGroups[{i}]", group);
        foreach (var cause in Rules.Validate(document, old)) errors.Found(cause);
    }
}
