using Rempart.Api.Meta;
using Rempart.Api.Networking;
using Rempart.ApiServer.Registry;

namespace Rempart.ApiServer.Kinds.Networking;

/// <summary>Rules of NetworkInterfaces.</summary>
internal sealed class NetworkInterfaceRules : TypedKindRules<NetworkInterface>
{
    private const int MostGroups = 16;

    protected override void Validate(NetworkInterface document, NetworkInterface? old, FieldErrors errors)
    {
        var spec = document.Spec;
        errors.ObjectName("spec.network", spec.Network);
        errors.Mac("spec.mac", spec.Mac);
        errors.Ipv4("spec.address", spec.Address);
        errors.Label("spec.hostname", spec.Hostname);
        var groups = errors.AtMost("spec.securityGroups", spec.SecurityGroups, MostGroups);
        for (var i = 0; i < groups.Count; i++)
        {
            errors.ObjectName($"spec.securityGroups[{i}]", groups[i]);
            if (groups.Take(i).Contains(groups[i])) errors.Duplicate($"spec.securityGroups[{i}]", groups[i]);
        }

        if (old is null) return;
        errors.Unchanged("spec.network", spec.Network, old.Spec.Network);
        errors.Unchanged("spec.mac", spec.Mac, old.Spec.Mac);
        errors.Unchanged("spec.address", spec.Address, old.Spec.Address);
    }
}
