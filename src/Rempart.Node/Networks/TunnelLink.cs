using System.Globalization;
using System.Net;
using System.Text.Json;
using Rempart.Linux;

namespace Rempart.Node.Networks;

/// <summary>
/// The link that tunnels take between the namespace and the host, apart from that of guests' traffic. In the namespace the way to
/// everywhere is this one; only the name server, by its user, keeps the way that it has on a single host.
/// </summary>
internal sealed class TunnelLink(NetworkSettings settings)
{
    /// <summary>The routes of whoever asks for names outside.</summary>
    internal const string NamesTable = "53";

    private const string KnownRule = "100";
    private const string NamesRule = "101";
    private const string Prefix = "30";
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan _pause = TimeSpan.FromMilliseconds(100);
    private readonly NetworkLayout _layout = new(settings);

    /// <summary>A MAC address for the host's side of the uplink, the same on all hosts; interfaces never get one of this prefix.</summary>
    internal static string GatewayMac(IPAddress address) =>
        "0e:52:" + string.Join(':', address.GetAddressBytes().Select(b => b.ToString("x2", CultureInfo.InvariantCulture)));

    /// <summary>What can be made before the switch runs.</summary>
    internal async Task UpAsync(CancellationToken cancellation)
    {
        if (!Directory.Exists($"/proc/sys/net/ipv4/conf/{_layout.HostTunnelVeth}"))
            await RunAsync(["ip", "link", "add", _layout.HostTunnelVeth, "type", "veth", "peer", "name", NetworkLayout.TunnelVeth, "netns", _layout.Namespace], cancellation);
        if (Directory.Exists("/proc/sys/net/ipv6")) await File.WriteAllTextAsync($"/proc/sys/net/ipv6/conf/{_layout.HostTunnelVeth}/disable_ipv6", "1", cancellation);
        if (settings.Datapath == Datapath.Userspace)
        {
            using var host = NetworkNamespace.Open("/proc/self/ns/net");
            NetworkLink.FillInChecksums(_layout.HostTunnelVeth, host);
            using var inside = NetworkNamespace.Open(_layout.NamespacePath);
            NetworkLink.FillInChecksums(NetworkLayout.TunnelVeth, inside);
        }
        await RunAsync(["ip", "address", "replace", $"{NetworkLayout.TunnelGateway}/{Prefix}", "dev", _layout.HostTunnelVeth], cancellation);
        await RunAsync(["ip", "link", "set", _layout.HostTunnelVeth, "up"], cancellation);
        await InsideAsync(["link", "set", NetworkLayout.TunnelVeth, "up"], cancellation);
        await MakeRulesAsync(cancellation);
        if (settings.Datapath == Datapath.Kernel) await AddressAsync(cancellation);
    }

    /// <summary>On the userspace datapath the address is on a bridge, which is there when the switch runs.</summary>
    /// <exception cref="NetworkSetupException">the switch has not made it in 20 s.</exception>
    internal async Task AddressBridgeAsync(TimeProvider time, CancellationToken cancellation)
    {
        using var limit = new CancellationTokenSource(_patience, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(cancellation, limit.Token);
        using var inside = NetworkNamespace.Open(_layout.NamespacePath);
        while (!NetworkNamespace.Run(inside, () => Directory.Exists($"/proc/sys/net/ipv4/conf/{_layout.TunnelLink}")))
        {
            try
            {
                await Task.Delay(_pause, time, both.Token);
            }
            catch (OperationCanceledException exception) when (!cancellation.IsCancellationRequested)
            {
                throw new NetworkSetupException($"the switch has not made `{_layout.TunnelLink}` within {_patience.TotalSeconds} s: does it run?", exception);
            }
        }
        await AddressAsync(cancellation);
    }

    private async Task AddressAsync(CancellationToken cancellation)
    {
        using (var inside = NetworkNamespace.Open(_layout.NamespacePath))
        {
            NetworkNamespace.Run(inside, () =>
            {
                // The namespace answers no ARP, but for this: the host must find the switch.
                File.WriteAllText($"/proc/sys/net/ipv4/conf/{_layout.TunnelLink}/arp_ignore", "1");
                return 0;
            });
        }
        await InsideAsync(["address", "replace", $"{NetworkLayout.TunnelSource}/{Prefix}", "dev", _layout.TunnelLink], cancellation);
        await InsideAsync(["link", "set", _layout.TunnelLink, "up"], cancellation);
        await InsideAsync(["route", "replace", "default", "via", NetworkLayout.TunnelGateway.ToString(), "dev", _layout.TunnelLink], cancellation);
    }

    private async Task MakeRulesAsync(CancellationToken cancellation)
    {
        using var rules = JsonDocument.Parse(await RunAsync(["ip", "-netns", _layout.Namespace, "-json", "rule", "show"], cancellation));
        var present = rules.RootElement.EnumerateArray().Select(r => r.GetProperty("priority").GetInt32().ToString(CultureInfo.InvariantCulture)).ToHashSet(StringComparer.Ordinal);
        var user = (await RunAsync(["id", "-u", settings.NamesUser], cancellation)).Trim();
        // Links to networks first: it answers guests there.
        if (!present.Contains(KnownRule)) await InsideAsync(["rule", "add", "pref", KnownRule, "lookup", "main", "suppress_prefixlength", "0"], cancellation);
        if (!present.Contains(NamesRule)) await InsideAsync(["rule", "add", "pref", NamesRule, "uidrange", $"{user}-{user}", "lookup", NamesTable], cancellation);
    }

    private Task<string> InsideAsync(IReadOnlyList<string> arguments, CancellationToken cancellation) => RunAsync(["ip", "-netns", _layout.Namespace, .. arguments], cancellation);

    private static Task<string> RunAsync(IReadOnlyList<string> command, CancellationToken cancellation) => NetworkTool.RunAsync(command, null, cancellation);
}
