using System.Security.Cryptography;
using System.Text;
using Rempart.Api.Infra;
using Rempart.Node.Bonds;
using Rempart.Node.Profiles;
using Rempart.Protocols.Ovsdb;

namespace Rempart.Node.Networks;

/// <summary>
/// Physical networks of this host: a bridge of the switch for each, with the device that leads there as its port, and OVN's word for which bridge is which network. The device is taken
/// from the host into the instance's namespace; it returns to the host when the namespace goes.
/// </summary>
/// <param name="settings">the instance's network.</param>
/// <param name="host">the host's network.</param>
/// <param name="switchDatabase">the switch's database; the caller runs it.</param>
internal sealed class ProviderBridges(NetworkSettings settings, IpTool host, OvsdbClient switchDatabase)
{
    private const string MappingsKey = "ovn-bridge-mappings";
    private const int MaxInterfaceName = 15;
    private const string BridgePrefix = "pn-";
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(5);
    private static readonly string[] Own = [NetworkLayout.NamespaceVeth, NetworkLayout.NameServerVeth, NetworkLayout.NameServerPeer, NetworkLayout.TunnelVeth];
    private readonly NetworkLayout _layout = new(settings);
    private readonly IpTool _inside = new(new NetworkLayout(settings).Namespace);

    /// <summary>OVN's name of a physical network: none that Rempart has itself.</summary>
    internal static string PhysicalName(string provider) => $"provider-{provider}";

    internal static string BridgeName(string provider) => BridgePrefix.Length + provider.Length <= MaxInterfaceName ? BridgePrefix + provider
        : BridgePrefix + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(provider)))[..(MaxInterfaceName - BridgePrefix.Length)];

    /// <summary>One look. Bridges of networks that are not named any more go; their devices stay in the namespace, where nobody uses them.</summary>
    internal async Task<(IReadOnlyList<HostProviderNetwork> Networks, IReadOnlyList<ProfileFinding> Findings)> KeepAsync(IReadOnlyList<ProviderNetwork> wanted, CancellationToken cancellation)
    {
        // Without a switch there is nothing to take away either.
        if (wanted.Count == 0 && !switchDatabase.IsConnected) return ([], []);
        var (told, findings) = (new List<HostProviderNetwork>(), new List<ProfileFinding>());
        foreach (var provider in wanted.OrderBy(provider => provider.Name, StringComparer.Ordinal))
        {
            var problem = await FailureAsync(() => TakeDeviceAsync(provider.Device, cancellation));
            if (problem is not null) findings.Add(new(ProfileFinding.ProviderNotReady, $"provider network `{provider.Name}`: {problem}"));
            told.Add(new HostProviderNetwork { Name = provider.Name, Device = provider.Device, Ready = problem is null, Message = problem });
        }

        if (await FailureAsync(() => SwitchAsync([.. told.Select(provider => (provider.Name, provider.Device!, provider.Ready == true))], cancellation)) is not { } failure) return (told, findings);
        findings.Add(new(ProfileFinding.ProviderNotReady, $"provider networks: {failure}"));
        return ([.. told.Select(provider => provider.Ready == true ? provider with { Ready = false, Message = failure } : provider)], findings);
    }

    /// <summary>What the switch's database still needs; pure.</summary>
    internal static IReadOnlyList<OvsdbOperation> Decide(OvsdbReplica observed, IReadOnlyList<(string Name, string Device, bool Ready)> providers, NetworkSettings settings)
    {
        var operations = new List<OvsdbOperation>();
        if (observed.Rows("Open_vSwitch").FirstOrDefault() is not { } root) return operations;
        var bridges = new List<OvsdbAtom>();
        // One that can't be looked at now, and was made before, stays as it is.
        var known = providers.Where(provider => provider.Ready || observed.Rows("Bridge").Any(bridge => bridge["name"].Text == BridgeName(provider.Name))).ToList();
        foreach (var (name, device, _) in known.Where(provider => provider.Ready))
        {
            var bridgeName = BridgeName(name);
            if (observed.Rows("Bridge").FirstOrDefault(bridge => bridge["name"].Text == bridgeName) is not { } bridge)
            {
                operations.AddRange(SwitchConfiguration.InsertBridge(bridgeName, [device], settings));
                bridges.Add(OvsdbAtom.Named(SwitchConfiguration.Identifier(bridgeName)));
                continue;
            }

            var ports = observed.Rows("Port").Where(port => bridge["ports"].Contains(OvsdbAtom.Of(port.Uuid))).ToList();
            // OVN's own patch ports are on it too.
            foreach (var other in ports.Where(port => port["name"].Text is { } port_ && port_ != bridgeName && port_ != device && !port_.StartsWith("patch-", StringComparison.Ordinal)))
                operations.Add(OvsdbOperation.Mutate("Bridge", bridge.Uuid, "ports", "delete", OvsdbDatum.Of(OvsdbAtom.Of(other.Uuid))));
            if (ports.Any(port => port["name"].Text == device)) continue;
            operations.AddRange(SwitchConfiguration.InsertPort(device, isInternal: false));
            operations.Add(OvsdbOperation.Mutate("Bridge", bridge.Uuid, "ports", "insert", OvsdbDatum.Of(OvsdbAtom.Named("p" + SwitchConfiguration.Identifier(device)))));
        }

        // OVN may keep its patch ports for a while when the mapping goes: without the bridge they lead nowhere at once.
        var stale = observed.Rows("Bridge").Where(bridge => bridge["name"].Text is { } name && name.StartsWith(BridgePrefix, StringComparison.Ordinal) && providers.All(provider => BridgeName(provider.Name) != name)).Select(bridge => OvsdbAtom.Of(bridge.Uuid)).ToList();
        if (stale.Count > 0) operations.Add(OvsdbOperation.Mutate("Open_vSwitch", root.Uuid, "bridges", "delete", OvsdbDatum.Set(stale)));
        if (bridges.Count > 0) operations.Add(OvsdbOperation.Mutate("Open_vSwitch", root.Uuid, "bridges", "insert", OvsdbDatum.Set(bridges)));
        var mappings = string.Join(',', known.Select(provider => $"{PhysicalName(provider.Name)}:{BridgeName(provider.Name)}").Prepend(SwitchConfiguration.UplinkMapping));
        if (root["external_ids"].Find(MappingsKey) is var now && now == mappings) return operations;
        // Of a map, what is there is not replaced.
        if (now is not null) operations.Add(OvsdbOperation.Mutate("Open_vSwitch", root.Uuid, "external_ids", "delete", OvsdbDatum.Map([KeyValuePair.Create(MappingsKey, now)])));
        operations.Add(OvsdbOperation.Mutate("Open_vSwitch", root.Uuid, "external_ids", "insert", OvsdbDatum.Map([KeyValuePair.Create(MappingsKey, mappings)])));
        return operations;
    }

    /// <summary>Why a device of the host may not be taken; null when it may. Pure.</summary>
    internal static string? Problem(NetworkState host, string device)
    {
        if (host.Find(device) is not { } link) return $"there is no device `{device}`";
        if (link.Master is { } master) return $"`{device}` is part of `{master}`";
        if (link.Kind is "bond" or "bridge") return $"`{device}` is a {link.Kind}: name a device";
        if (host.Links.FirstOrDefault(other => other.Below == device) is { } upon) return $"`{upon.Name}` lies upon `{device}`";
        // Taking it would cut the host off there.
        if (link.Addresses is [var address, ..]) return $"`{device}` has the address `{address.Cidr}`: a device of a provider network carries nothing of the host's own";
        return host.Routes.Any(route => route.Device == device) || host.Shared.Contains(device) ? $"a route of the host goes by `{device}`: a device of a provider network carries nothing of the host's own" : null;
    }

    private async Task TakeDeviceAsync(string device, CancellationToken cancellation)
    {
        if (Own.Contains(device) || new[] { "br-", "ovs-", "pn-", Names.NameLink.Prefix, Names.NameLink.PeerPrefix }.Any(prefix => device.StartsWith(prefix, StringComparison.Ordinal)))
            throw new NetworkSetupException($"`{device}` is a name of Rempart's own: rename the device");
        if (!File.Exists(_layout.NamespacePath)) throw new NetworkSetupException("the instance's network is not there");
        var inside = await _inside.ReadAsync(cancellation);
        if (inside.Find(device) is not { } link)
        {
            if (Problem(await host.ReadAsync(cancellation), device) is { } problem) throw new NetworkSetupException(problem);
            await host.RunAsync(["link", "set", "dev", device, "netns", _layout.Namespace], cancellation);
        }
        else if (link.IsUp)
        {
            return;
        }

        await _inside.RunAsync(["link", "set", "dev", device, "up"], cancellation);
    }

    private async Task SwitchAsync(IReadOnlyList<(string Name, string Device, bool Ready)> providers, CancellationToken cancellation)
    {
        var replica = await switchDatabase.WaitAsync(_ => switchDatabase.IsConnected, _patience, cancellation);
        // A device that is a port of another bridge is not taken away from there: names of taps and links could be meant by it.
        foreach (var (name, device, _) in providers.Where(provider => provider.Ready))
        {
            if (replica.Rows("Port").FirstOrDefault(port => port["name"].Text == device) is { } port && replica.Rows("Bridge").FirstOrDefault(bridge => bridge["ports"].Contains(OvsdbAtom.Of(port.Uuid))) is { } at && at["name"].Text != BridgeName(name))
                throw new NetworkSetupException($"`{device}` is a port of `{at["name"].Text}`");
        }

        var operations = Decide(replica, providers, settings);
        if (operations.Count == 0) return;
        await switchDatabase.TransactAsync(operations, cancellation);
        await switchDatabase.WaitAsync(seen => Decide(seen, providers, settings).Count == 0, _patience, cancellation);
    }

    private static async Task<string?> FailureAsync(Func<Task> act)
    {
        try
        {
            await act();
            return null;
        }
        catch (Exception failure) when (failure is NetworkSetupException or OvsdbTransactionException or OvsdbUnavailableException or OvsdbProtocolException or TimeoutException or IOException)
        {
            return failure.Message;
        }
    }
}
