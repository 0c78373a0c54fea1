namespace Rempart.Node.Bonds;

/// <summary>What leads back to a network as it was. Pure; each command may fail without the others being in vain.</summary>
internal static class BondUndo
{
    /// <param name="before">the network as it was.</param>
    /// <param name="now">the network as it is.</param>
    /// <param name="names">bonds and devices that may have been changed.</param>
    /// <returns>arguments of `ip`, one command each, in order; none when it is as it was.</returns>
    internal static IReadOnlyList<IReadOnlyList<string>> Decide(NetworkState before, NetworkState now, IReadOnlyCollection<string> names)
    {
        var steps = new List<IReadOnlyList<string>>();
        // By the look right before the change, and not by the alias, which comes a step later.
        var made = now.Links.Where(link => names.Contains(link.Name) && link.Kind is not null && before.Find(link.Name) is null).Select(link => link.Name).ToHashSet(StringComparer.Ordinal);
        foreach (var bond in made) steps.Add(["link", "delete", "dev", bond]);
        foreach (var was in before.Links.Where(link => names.Contains(link.Name)))
        {
            var link = now.Find(was.Name);
            if (link is null) continue;
            var freed = link.Master is { } master && made.Contains(master);
            if (link.Master != was.Master && was.Master is { } back)
            {
                steps.Add(["link", "set", "dev", was.Name, "down"]);
                steps.Add(["link", "set", "dev", was.Name, "master", back]);
            }
            else if (link.Master is not null && was.Master is null && !freed)
            {
                steps.Add(["link", "set", "dev", was.Name, "nomaster"]);
            }

            // A bond that goes leaves its devices switched off.
            if (was.IsUp && (!link.IsUp || link.Master != was.Master)) steps.Add(["link", "set", "dev", was.Name, "up"]);
            else if (!was.IsUp && (link.IsUp || link.Master != was.Master)) steps.Add(["link", "set", "dev", was.Name, "down"]);
            foreach (var extra in link.Addresses.Where(address => !address.IsLent && was.Addresses.All(known => known.Cidr != address.Cidr))) steps.Add(["address", "del", extra.Cidr, "dev", was.Name]);
            foreach (var lost in was.Addresses.Where(address => !address.IsLent && (link.Addresses.All(known => known.Cidr != address.Cidr) || (address.IsV6 && link.Master != was.Master)))) steps.Add(["address", "replace", .. lost.Words, "dev", was.Name]);
        }

        var known = now.Routes.Select(route => route.Text).ToHashSet(StringComparer.Ordinal);
        var moved = before.Links.Any(link => names.Contains(link.Name) && now.Find(link.Name)?.Master != link.Master);
        foreach (var route in before.Routes.Where(route => names.Contains(route.Device) && (moved || !known.Contains(route.Text))).OrderBy(route => route.HasGateway)) steps.Add(route.Replace(route.Device));
        return steps;
    }
}
