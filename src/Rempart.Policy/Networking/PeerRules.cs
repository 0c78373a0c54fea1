using System.Globalization;
using Rempart.Api.Networking;

namespace Rempart.Policy.Networking;

/// <summary>Which groups the rules of a SecurityGroup let in that do not exist. Such a peer is nobody: it is allowed, since two groups that name each other can't be made at once, and it is said.</summary>
public static class PeerRules
{
    private const int MostNamed = 5;

    /// <summary>A sentence that names the peers that do not exist; null when all do.</summary>
    /// <param name="group">The group; it may name itself.</param>
    /// <param name="exists">Whether its project has a group of this name.</param>
    public static string? Problem(SecurityGroup group, Func<string, bool> exists)
    {
        var missing = Peers("spec.ingress", group.Spec.Ingress).Concat(Peers("spec.egress", group.Spec.Egress))
            .Where(p => p.Name != group.Metadata.Name).DistinctBy(p => p.Name, StringComparer.Ordinal).Where(p => !exists(p.Name)).ToList();
        if (missing.Count == 0) return null;
        var named = string.Join(", ", missing.Take(MostNamed).Select(p => $"{p.Field}: security group `{p.Name}`"));
        var more = missing.Count > MostNamed ? $" and {Text(missing.Count - MostNamed)} more" : "";
        return missing.Count == 1
            ? $"{named} does not exist in this project: as a peer it matches nobody until it is made"
            : $"{named}{more} do not exist in this project: as peers they match nobody until they are made";
    }

    private static IEnumerable<(string Field, string Name)> Peers(string field, IReadOnlyList<SecurityRule>? rules)
    {
        foreach (var (i, rule) in (rules ?? []).Index())
        {
            foreach (var (j, peer) in (rule.Peers ?? []).Index())
                if (peer.SecurityGroup is { } name) yield return ($"{field}[{Text(i)}].peers[{Text(j)}].securityGroup", name);
        }
    }

    private static string Text(int value) => value.ToString(CultureInfo.InvariantCulture);
}
