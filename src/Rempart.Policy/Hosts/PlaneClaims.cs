using System.Net;
using Rempart.Api.Core;
using Rempart.Api.Infra;

namespace Rempart.Policy.Hosts;

/// <summary>Holds what a host claims as its addresses on the planes to the prefixes of its profile: others send machines' memory there, and guests are kept from there.</summary>
public static class PlaneClaims
{
    /// <summary>Type of a Node's address on the management plane, as Kubernetes' clients know it.</summary>
    public const string Management = "InternalIP";

    private const string Ours = "rempart.dev/";

    /// <summary>
    /// Why a node may not claim its addresses; null when it may. What it claimed before may stay for now: the profile may have come a moment ago, and an agent that can't
    /// write its status counts as lost.
    /// </summary>
    /// <param name="before">Its addresses as stored.</param>
    /// <param name="after">Its addresses as it would have them.</param>
    /// <param name="host">What its profile says; null for nothing.</param>
    public static string? Refusal(IReadOnlyList<NodeAddress>? before, IReadOnlyList<NodeAddress>? after, HostSpec? host)
    {
        foreach (var claim in Outside(after, host))
        {
            if (before?.Contains(claim.Address) != true) return $"address `{claim.Address.Address}` of plane `{claim.Plane.Name}` is outside of `{claim.Plane.Prefix}`, as host profile `{host!.Profile}` says";
        }

        return null;
    }

    /// <summary>Addresses that are outside of their plane's prefix.</summary>
    /// <param name="addresses">Addresses of a Node.</param>
    /// <param name="host">What its profile says; null for nothing.</param>
    public static IEnumerable<(NodeAddress Address, ProfilePlane Plane)> Outside(IReadOnlyList<NodeAddress>? addresses, HostSpec? host)
    {
        if (addresses is null || host?.Planes is not { } planes) yield break;
        foreach (var address in addresses)
        {
            var name = address.Type == Management ? "management" : address.Type.StartsWith(Ours, StringComparison.Ordinal) ? address.Type[Ours.Length..] : null;
            if (planes.FirstOrDefault(plane => plane.Name == name) is { Prefix: { } prefix } plane && !(IPNetwork.TryParse(prefix, out var allowed) && IPAddress.TryParse(address.Address, out var told) && allowed.Contains(told)))
                yield return (address, plane);
        }
    }
}
