using Rempart.Api.Core;
using Rempart.Api.Infra;
using Rempart.Policy.Placement;

namespace Rempart.Policy.Hosts;

/// <summary>Which profile counts for a host: of those that select it the one whose name comes first, as a whole. Nothing is merged, so what a host is told is what one object says.</summary>
public static class ProfileChoice
{
    /// <summary>The profile that counts; null when none selects the host.</summary>
    /// <param name="profiles">All profiles; those that are being deleted count for nobody.</param>
    /// <param name="node">The host's Node.</param>
    public static HostProfile? Of(IEnumerable<HostProfile> profiles, Node node)
    {
        ArgumentNullException.ThrowIfNull(profiles);
        ArgumentNullException.ThrowIfNull(node);
        return profiles.Where(profile => Selects(profile, node)).MinBy(profile => profile.Metadata.Name, StringComparer.Ordinal);
    }

    /// <summary>Whether a profile selects a host, be it that another one counts.</summary>
    /// <param name="profile">The profile.</param>
    /// <param name="node">The host's Node.</param>
    public static bool Selects(HostProfile profile, Node node)
    {
        ArgumentNullException.ThrowIfNull(profile);
        ArgumentNullException.ThrowIfNull(node);
        return profile.Metadata.DeletionTimestamp is null && (profile.Spec.Hosts is not { } hosts || LabelMatch.Matches(hosts, node.Metadata.Labels));
    }

    /// <summary>What a host is told of a profile.</summary>
    /// <param name="profile">The profile that counts for it.</param>
    public static HostSpec Told(HostProfile profile)
    {
        ArgumentNullException.ThrowIfNull(profile);
        return new HostSpec
        {
            Profile = profile.Metadata.Name!,
            ProfileUid = profile.Metadata.Uid,
            ProfileGeneration = profile.Metadata.Generation,
            Bonds = profile.Spec.Bonds,
            Planes = profile.Spec.Planes,
            Pools = profile.Spec.Pools,
            ProviderNetworks = profile.Spec.ProviderNetworks,
        };
    }
}
