using System.Globalization;
using Rempart.Api.Infra;
using Rempart.Node.Profiles;

namespace Rempart.Node.Bonds;

/// <summary>What leads from a network as it is to one with the bonds that are wanted. Pure.</summary>
/// <param name="Steps">arguments of `ip`, one command each, in order; none when all is as wanted, or something is in the way.</param>
/// <param name="Findings">what is in the way: then nothing is done at all.</param>
internal sealed record BondPlan(IReadOnlyList<IReadOnlyList<string>> Steps, IReadOnlyList<ProfileFinding> Findings)
{
    /// <summary>Bonds that were made here bear it; others are not changed.</summary>
    internal const string Alias = "rempart";

    internal static BondPlan Decide(NetworkState now, IReadOnlyList<HostBond> wanted, BondType type)
    {
        var findings = wanted.SelectMany(bond => Problems(now, bond, type).Select(problem => new ProfileFinding(ProfileFinding.BondDiffers, $"bond `{bond.Name}`: {problem}"))).ToList();
        return findings.Count > 0 ? new([], findings) : new([.. wanted.SelectMany(bond => StepsOf(now, bond, type))], []);
    }

    private static IEnumerable<string> Problems(NetworkState now, HostBond bond, BondType type)
    {
        var there = now.Find(bond.Name);
        if (there is not null && there.Kind != type.Kind)
        {
            yield return $"there is another device of this name, of kind `{there.Kind ?? "hardware"}`: choose another name";
            yield break;
        }

        if (there is { Mode: { } mode } && mode != Mode(bond)) yield return $"its mode is `{mode}` and not `{Mode(bond)}`: a mode is not changed while it is there; remove it (`ip link delete {bond.Name}`), or name another one";
        if (there is not null && there.Alias != Alias && Differs(now, bond)) yield return "it was made by somebody else, with other devices: change it where it was made, or name another one";
        foreach (var device in bond.Devices)
        {
            if (now.Find(device) is not { } link) yield return $"there is no device `{device}`";
            else if (link.Master == bond.Name) continue;
            else if (link.Master is { } master) yield return $"`{device}` is part of `{master}`: take it out there";
            else if (link.Kind == type.Kind) yield return $"`{device}` is a bond itself";
            else if (now.Links.FirstOrDefault(other => other.Below == device) is { } upon) yield return $"`{upon.Name}` lies upon `{device}`: put it upon the bond first";
            else if (now.Shared.Contains(device)) yield return $"a route over several devices goes by `{device}`: take it away first";
            else if (link.Addresses.FirstOrDefault(address => address is { IsLent: true, IsV6: false }) is { } lent) yield return $"`{lent.Cidr}` of `{device}` comes by DHCP, whose client would not follow: give the host an address of its own";
        }
    }

    private static IEnumerable<IReadOnlyList<string>> StepsOf(NetworkState now, HostBond bond, BondType type)
    {
        var there = now.Find(bond.Name);
        var joining = bond.Devices.Where(device => now.Find(device)!.Master != bond.Name).Select(device => now.Find(device)!).ToList();
        if (there is null)
        {
            yield return ["link", "add", "name", bond.Name, "mtu", joining.Min(link => link.Mtu).ToString(CultureInfo.InvariantCulture), "type", .. type.Words(Mode(bond))];
            yield return ["link", "set", "dev", bond.Name, "alias", Alias];
        }
        else
        {
            foreach (var leaving in Members(now, bond.Name).Except(bond.Devices, StringComparer.Ordinal)) yield return ["link", "set", "dev", leaving, "nomaster"];
        }

        // The kernel takes only devices that are off into a bond.
        foreach (var link in joining)
        {
            yield return ["link", "set", "dev", link.Name, "down"];
            yield return ["link", "set", "dev", link.Name, "master", bond.Name];
            yield return ["link", "set", "dev", link.Name, "up"];
        }

        if (there is not { IsUp: true }) yield return ["link", "set", "dev", bond.Name, "up"];
        // What is lent by router advertisements comes again by itself.
        foreach (var (link, address) in joining.SelectMany(link => link.Addresses.Where(address => !address.IsLent).Select(address => (link, address))))
        {
            // IPv6 addresses went when the device was switched off.
            if (!address.IsV6) yield return ["address", "del", address.Cidr, "dev", link.Name];
            yield return ["address", "replace", .. address.Words, "dev", bond.Name];
        }

        foreach (var route in now.Routes.Where(route => joining.Any(link => link.Name == route.Device)).OrderBy(route => route.HasGateway)) yield return route.Replace(bond.Name);
    }

    private static bool Differs(NetworkState now, HostBond bond) => !Members(now, bond.Name).ToHashSet(StringComparer.Ordinal).SetEquals(bond.Devices);

    private static IEnumerable<string> Members(NetworkState now, string bond) => now.Links.Where(link => link.Master == bond).Select(link => link.Name);

    private static string Mode(HostBond bond) => bond.Mode ?? HostBond.ActiveBackup;
}
