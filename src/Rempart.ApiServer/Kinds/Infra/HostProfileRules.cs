using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using Rempart.Api.Infra;
using Rempart.Api.Meta;
using Rempart.ApiServer.Registry;

namespace Rempart.ApiServer.Kinds.Infra;

/// <summary>Rules of HostProfiles: that one can be followed at all. What a host has is the host's to say.</summary>
internal sealed class HostProfileRules : TypedKindRules<HostProfile>
{
    private const int MostBonds = 8;
    private const int MostDevices = 8;
    private const int MostOthers = 16;
    private static readonly string[] Planes = ["management", "migration", "storage", "tenant"];

    public override void Default(JsonObject document)
    {
        foreach (var bond in (document["spec"]?["bonds"] as JsonArray ?? []).OfType<JsonObject>()) bond["mode"] ??= HostBond.ActiveBackup;
    }

    protected override void Validate(HostProfile document, HostProfile? old, FieldErrors errors)
    {
        var spec = document.Spec;
        errors.Selector("spec.hosts", spec.Hosts);
        // Devices that have become part of something, and of what.
        var taken = new Dictionary<string, string>(StringComparer.Ordinal);
        Bonds(errors.AtMost("spec.bonds", spec.Bonds, MostBonds), taken, errors);
        ProvidersOf(spec, taken, errors);
        PlanesOf(errors.AtMost("spec.planes", spec.Planes, MostOthers), taken, errors);
        PoolsOf(errors.AtMost("spec.pools", spec.Pools, MostOthers), errors);
        errors.AtMost("status.failures", document.Status?.Failures, HostProfileStatus.MostFailures);
    }

    private static void Bonds(IReadOnlyList<HostBond> bonds, Dictionary<string, string> taken, FieldErrors errors)
    {
        foreach (var (i, bond) in bonds.Index())
        {
            var field = $"spec.bonds[{i}]";
            Device($"{field}.name", bond.Name, errors);
            if (bonds.Take(i).Any(other => other.Name == bond.Name)) errors.Duplicate($"{field}.name", bond.Name);
            errors.OneOf($"{field}.mode", bond.Mode, HostBond.ActiveBackup, HostBond.Lacp);
            var devices = errors.AtMost($"{field}.devices", bond.Devices, MostDevices);
            if (devices.Count == 0) errors.Required($"{field}.devices", "a bond needs at least one device");
            foreach (var (k, device) in devices.Index())
            {
                Device($"{field}.devices[{k}]", device, errors);
                if (bonds.Any(other => other.Name == device)) errors.Invalid($"{field}.devices[{k}]", device, "is itself a bond of this profile");
                Take($"{field}.devices[{k}]", device, $"bond `{bond.Name}`", taken, errors);
            }
        }
    }

    private static void ProvidersOf(HostProfileSpec spec, Dictionary<string, string> taken, FieldErrors errors)
    {
        var providers = errors.AtMost("spec.providerNetworks", spec.ProviderNetworks, MostOthers);
        foreach (var (i, provider) in providers.Index())
        {
            var field = $"spec.providerNetworks[{i}]";
            errors.Label($"{field}.name", provider.Name);
            if (providers.Take(i).Any(other => other.Name == provider.Name)) errors.Duplicate($"{field}.name", provider.Name);
            Device($"{field}.device", provider.Device, errors);
            if (spec.Bonds?.Any(bond => bond.Name == provider.Device) == true) errors.Invalid($"{field}.device", provider.Device, "is a bond: the kernel gives none to the switch's network namespace. Name a device");
            Take($"{field}.device", provider.Device, $"provider network `{provider.Name}`", taken, errors);
        }
    }

    private static void PlanesOf(IReadOnlyList<ProfilePlane> planes, Dictionary<string, string> taken, FieldErrors errors)
    {
        foreach (var (i, plane) in planes.Index())
        {
            var field = $"spec.planes[{i}]";
            errors.OneOf($"{field}.name", plane.Name, Planes);
            if (planes.Take(i).Any(other => other.Name == plane.Name)) errors.Duplicate($"{field}.name", plane.Name);
            if (plane.Device is null && plane.Prefix is null) errors.Required(field, "`device`, `prefix` or both say where the host's address is found");
            if (plane.Device is { } device)
            {
                Device($"{field}.device", device, errors);
                if (taken.TryGetValue(device, out var by)) errors.Invalid($"{field}.device", device, $"is part of {by} and has no address of its own");
            }

            if (plane.Prefix is { } prefix && PrefixProblem(prefix) is { } problem) errors.Invalid($"{field}.prefix", prefix, problem);
        }
    }

    private static void PoolsOf(IReadOnlyList<ProfilePool> pools, FieldErrors errors)
    {
        foreach (var (i, pool) in pools.Index())
        {
            var field = $"spec.pools[{i}]";
            errors.ObjectName($"{field}.name", pool.Name);
            if (pools.Take(i).Any(other => other.Name == pool.Name)) errors.Duplicate($"{field}.name", pool.Name);
            if (PoolPath.Problem(pool.Path) is { } problem) errors.Invalid($"{field}.path", pool.Path, problem);
            else if (pools.Take(i).FirstOrDefault(other => PoolPath.Within(other.Path, pool.Path) || PoolPath.Within(pool.Path, other.Path)) is { } other)
                errors.Invalid($"{field}.path", pool.Path, $"is the folder of pool `{other.Name}`, or one of both lies in the other");
        }
    }

    private static void Take(string field, string device, string by, Dictionary<string, string> taken, FieldErrors errors)
    {
        if (!taken.TryAdd(device, by)) errors.Invalid(field, device, $"is part of {taken[device]} already");
    }

    // What the kernel takes (`dev_valid_name`), less what would be read as an option or a pattern by programs.
    private static void Device(string field, string name, FieldErrors errors)
    {
        const int Longest = 15;
        if (name.Length is 0 or > Longest || !char.IsAsciiLetterOrDigit(name[0]) || name.Any(letter => !char.IsAsciiLetterOrDigit(letter) && letter is not ('.' or '_' or '-')))
            errors.Invalid(field, name, $"must be the name of a network device: 1 to {Longest} letters, digits, `.`, `_` or `-`, the first a letter or digit");
        else if (name == "lo" || name.StartsWith("rp-", StringComparison.Ordinal)) errors.Invalid(field, name, "is not a device that a profile may use: it is the loopback or Rempart's own");
    }

    private static string? PrefixProblem(string prefix)
    {
        const string Shape = "must be a prefix such as `10.30.0.0/24`, whose address has no bits beyond it";
        if (prefix.IndexOf('/', StringComparison.Ordinal) is not (> 0 and var at) || !IPNetwork.TryParse(prefix, out var network) || network.ToString() != prefix || network.BaseAddress.ToString() != prefix[..at]) return Shape;
        if (network.PrefixLength < (network.BaseAddress.AddressFamily == AddressFamily.InterNetwork ? 8 : 16)) return "is wider than any plane: at least /8, of IPv6 /16";
        return IPAddress.IsLoopback(network.BaseAddress) || network.BaseAddress.IsIPv6Multicast || network.BaseAddress.IsIPv6LinkLocal || network.BaseAddress.IsIPv4MappedToIPv6
            || (network.BaseAddress.AddressFamily == AddressFamily.InterNetwork && network.BaseAddress.GetAddressBytes()[0] is 0 or >= 224)
            ? "holds no addresses that hosts reach each other by" : null;
    }
}
