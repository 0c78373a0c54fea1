using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;
using Rempart.Api.Networking;
using Rempart.Linux;

namespace Rempart.Node.Networks;

/// <summary>
/// What an instance's network needs on its host before any of its processes starts: folders and databases, the namespace, the
/// veth pair to the host, the firewall table, kernel settings. <see cref="UpAsync"/> may run again at any time; <see cref="DownAsync"/> leaves nothing.
/// </summary>
internal sealed class HostNetwork(NetworkSettings settings)
{
    /// <summary>Smaller receive buffers cost thousands of retransmits on the userspace datapath.</summary>
    private const long LeastReceiveBuffer = 4 * 1024 * 1024;

    private const string ForwardingKey = "net.ipv4.ip_forward";
    private const string ReceiveBufferKey = "net.core.rmem_default";
    /// <summary>Of `arp_ignore`: 8 answers for no address at all, 1 only for the interface's own.</summary>
    private const string Silent = "8";

    private const string OwnOnly = "1";
    private const UnixFileMode Owner = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
    private const UnixFileMode Passage = Owner | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;
    private readonly NetworkLayout _layout = new(settings);

    internal async Task UpAsync(CancellationToken cancellation)
    {
        await RefuseOverlapAsync(cancellation);
        await RefuseMissingAccountsAsync(cancellation);
        await MakeFoldersAsync(cancellation);
        await MakeNamespaceAsync(cancellation);
        await MakeLinksAsync(cancellation);
        var ledger = new SysctlLedger(settings.StateFolder);
        await ledger.HoldAsync(ReceiveBufferKey, LeastReceiveBuffer, settings.Instance, cancellation);
        var forwarded = await ledger.HoldAsync(ForwardingKey, 1, settings.Instance, cancellation);
        await RunAsync(["nft", "-f", "-"], NetworkFirewall.Script(settings, closeForwarding: forwarded == 0), cancellation);
        await RunAsync(["nsenter", $"--net={_layout.NamespacePath}", "nft", "-f", "-"], NetworkFirewall.NamespaceScript(settings), cancellation);
        if (settings.IsCluster) await new TunnelLink(settings).UpAsync(cancellation);
        await new NetworkDatabases(settings).MakeAsync(cancellation);
        await WriteResolverFileAsync(cancellation);
        await WriteServerFileAsync(cancellation);
        await WriteClusterFilesAsync(cancellation);
    }

    /// <summary>Once in a cluster's life: the databases that its other members join.</summary>
    /// <exception cref="NetworkSetupException">this host has databases, or is to have none.</exception>
    internal async Task FoundAsync(CancellationToken cancellation)
    {
        await RefuseMissingAccountsAsync(cancellation);
        await MakeFoldersAsync(cancellation);
        await new NetworkDatabases(settings).FoundAsync(cancellation);
    }

    /// <exception cref="NetworkSetupException">processes of the instance still run in its namespace.</exception>
    internal async Task DownAsync(CancellationToken cancellation)
    {
        if (File.Exists(_layout.NamespacePath))
        {
            var running = (await RunAsync(["ip", "netns", "pids", _layout.Namespace], null, cancellation)).Split('\n', StringSplitOptions.RemoveEmptyEntries);
            if (running.Length > 0)
                throw new NetworkSetupException($"processes still run in the namespace `{_layout.Namespace}` ({string.Join(", ", running.Take(10))}): stop the instance first");
            await RunAsync(["ip", "netns", "delete", _layout.Namespace], null, cancellation);
        }
        // The namespace's links go with it, but a little later: do not leave before the host's end is gone.
        foreach (var veth in new[] { _layout.HostVeth, _layout.HostTunnelVeth }.Where(LinkExists)) await RunAsync(["ip", "link", "delete", veth], null, cancellation);
        await RunAsync(["nft", "-f", "-"], NetworkFirewall.RemovalScript(settings), cancellation);
        await new SysctlLedger(settings.StateFolder).ReleaseAsync(settings.Instance, cancellation);
        if (Directory.Exists(_layout.Folder)) Directory.Delete(_layout.Folder, recursive: true);
    }

    private async Task RefuseOverlapAsync(CancellationToken cancellation)
    {
        using var links = JsonDocument.Parse(await RunAsync(["ip", "-json", "-4", "address", "show"], null, cancellation));
        foreach (var address in new[] { settings.TunnelAddress, settings.OwnCentral?.Address }.OfType<IPAddress>())
        {
            if (!links.RootElement.EnumerateArray().Any(l => l.TryGetProperty("addr_info", out var all) && all.EnumerateArray().Any(a => a.GetProperty("local").ValueEquals(address.ToString()))))
                throw new NetworkSetupException($"no interface of this host has the address `{address}` (`--central`, `--tunnel-address`)");
        }
        foreach (var link in links.RootElement.EnumerateArray().Where(l => l.TryGetProperty("ifname", out var name) && !name.ValueEquals(_layout.HostVeth)))
        {
            foreach (var address in link.GetProperty("addr_info").EnumerateArray())
            {
                var there = Ipv4Subnet.Of(IPAddress.Parse(address.GetProperty("local").GetString()!), Math.Max(1, address.GetProperty("prefixlen").GetInt32()));
                if (there.Overlaps(settings.Uplink))
                    throw new NetworkSetupException($"the uplink subnet `{settings.Uplink}` overlaps `{there}` on `{link.GetProperty("ifname")}`: choose another with `--uplink`");
            }
        }
    }

    private async Task RefuseMissingAccountsAsync(CancellationToken cancellation)
    {
        foreach (var (database, name, make) in new[]
        {
            ("passwd", settings.DaemonUser, "useradd --system --user-group --no-create-home --shell /usr/sbin/nologin"),
            ("group", settings.DaemonGroup, "groupadd --system"),
            ("passwd", settings.NamesUser, "useradd --system --user-group --no-create-home --shell /usr/sbin/nologin"),
            ("group", settings.NamesGroup, "groupadd --system"),
            ("group", settings.ServerGroup, "groupadd --system"),
        })
        {
            try
            {
                await RunAsync(["getent", database, name], null, cancellation);
            }
            catch (NetworkSetupException exception)
            {
                throw new NetworkSetupException($"there is no {(database == "group" ? "group" : "user")} `{name}`: make it with `{make} {name}`", exception);
            }
        }
    }

    private async Task MakeFoldersAsync(CancellationToken cancellation)
    {
        Directory.CreateDirectory(_layout.Folder, Passage);
        File.SetUnixFileMode(_layout.Folder, Passage);
        Directory.CreateDirectory(_layout.ResolverFolder, Passage);
        File.SetUnixFileMode(_layout.ResolverFolder, Passage | UnixFileMode.GroupRead | UnixFileMode.OtherRead);
        Directory.CreateDirectory(_layout.NamesRoot, Owner);
        Directory.CreateDirectory(_layout.NamesFolder, Owner);
        await RunAsync(["chown", $"root:{settings.NamesGroup}", _layout.NamesFolder], null, cancellation);
        File.SetUnixFileMode(_layout.NamesFolder, Owner | UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.SetGroup);
        await MakeFolderAsync(_layout.SwitchFolder, Owner, settings.DaemonGroup, cancellation);
        await MakeFolderAsync(_layout.CentralFolder, Owner, settings.DaemonGroup, cancellation);
        // Read by OVN's processes, written by the agent alone, and it is root that writes.
        Directory.CreateDirectory(_layout.TlsFolder, Owner);
        await RunAsync(["chown", $"root:{settings.DaemonGroup}", _layout.TlsFolder], null, cancellation);
        File.SetUnixFileMode(_layout.TlsFolder, Owner | UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.SetGroup);
        await MakeFolderAsync(_layout.NorthboundFolder, Owner | UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.SetGroup, settings.ServerGroup, cancellation);
    }

    private async Task MakeFolderAsync(string path, UnixFileMode mode, string group, CancellationToken cancellation)
    {
        Directory.CreateDirectory(path, Owner);
        await RunAsync(["chown", $"{settings.DaemonUser}:{group}", path], null, cancellation);
        File.SetUnixFileMode(path, mode); // after chown, which clears the set-group bit
    }

    private async Task MakeNamespaceAsync(CancellationToken cancellation)
    {
        if (!File.Exists(_layout.NamespacePath)) await RunAsync(["ip", "netns", "add", _layout.Namespace], null, cancellation);
        using var handle = NetworkNamespace.Open(_layout.NamespacePath);
        NetworkNamespace.Run(handle, () =>
        {
            File.WriteAllText("/proc/sys/net/ipv4/ip_forward", "0"); // it is inherited from the host, and the switch is the only way through
            File.WriteAllText("/proc/sys/net/ipv4/ip_unprivileged_port_start", "53"); // the name server has no capability
            // The namespace's own stack hears what guests send beside the switch: it would tell them its addresses, with the tap's MAC address.
            foreach (var link in Directory.EnumerateDirectories("/proc/sys/net/ipv4/conf").Where(l => Path.GetFileName(l) is var name && name is not "all" && !name.StartsWith(Names.NameLink.Prefix, StringComparison.Ordinal)))
                File.WriteAllText(Path.Combine(link, "arp_ignore"), Silent);
            if (Directory.Exists("/proc/sys/net/ipv6")) File.WriteAllText("/proc/sys/net/ipv6/conf/default/disable_ipv6", "1");
            return 0;
        });
    }

    private async Task MakeLinksAsync(CancellationToken cancellation)
    {
        var mask = settings.Uplink.Prefix.ToString(CultureInfo.InvariantCulture);
        if (!LinkExists(_layout.HostVeth))
            await RunAsync(["ip", "link", "add", _layout.HostVeth, "type", "veth", "peer", "name", NetworkLayout.NamespaceVeth, "netns", _layout.Namespace], null, cancellation);
        if (Directory.Exists("/proc/sys/net/ipv6")) await File.WriteAllTextAsync($"/proc/sys/net/ipv6/conf/{_layout.HostVeth}/disable_ipv6", "1", cancellation);
        FillChecksumsIn("/proc/self/ns/net", _layout.HostVeth);
        await RunAsync(["ip", "address", "replace", $"{settings.HostAddress}/{mask}", "dev", _layout.HostVeth], null, cancellation);
        // Whichever host is a router's way out, its next hop must be the same to it: it keeps the answer to its ARP.
        if (settings.IsCluster) await RunAsync(["ip", "link", "set", _layout.HostVeth, "address", TunnelLink.GatewayMac(settings.HostAddress)], null, cancellation);
        await RunAsync(["ip", "link", "set", _layout.HostVeth, "up"], null, cancellation);
        if (!LinkExistsInNamespace(NetworkLayout.NameServerVeth))
            await InNamespaceAsync(["link", "add", NetworkLayout.NameServerVeth, "type", "veth", "peer", "name", NetworkLayout.NameServerPeer], cancellation);
        FillChecksumsIn(_layout.NamespacePath, NetworkLayout.NameServerVeth);
        using (var handle = NetworkNamespace.Open(_layout.NamespacePath))
        {
            NetworkNamespace.Run(handle, () =>
            {
                File.WriteAllText($"/proc/sys/net/ipv4/conf/{NetworkLayout.NameServerVeth}/arp_ignore", OwnOnly);
                return 0;
            });
        }
        await InNamespaceAsync(["address", "replace", $"{settings.NameServerAddress}/{mask}", "dev", NetworkLayout.NameServerVeth], cancellation);
        foreach (var link in new[] { "lo", NetworkLayout.NamespaceVeth, NetworkLayout.NameServerVeth, NetworkLayout.NameServerPeer })
            await InNamespaceAsync(["link", "set", link, "up"], cancellation);
        await InNamespaceAsync(["route", "replace", "default", "via", settings.HostAddress.ToString(), "dev", NetworkLayout.NameServerVeth,
            .. settings.IsCluster ? ["table", TunnelLink.NamesTable] : Array.Empty<string>()], cancellation);
    }

    /// <summary>The userspace switch takes packets as they are: a checksum left to hardware is never filled in, or spoilt by address translation.</summary>
    private void FillChecksumsIn(string networkNamespace, string link)
    {
        if (settings.Datapath == Datapath.Kernel) return;
        using var handle = NetworkNamespace.Open(networkNamespace);
        NetworkLink.FillInChecksums(link, handle);
    }

    /// <summary>A resolver on the host's loopback can't be reached from the namespace: then the servers behind it are asked.</summary>
    private async Task WriteResolverFileAsync(CancellationToken cancellation)
    {
        var servers = settings.NameServers.Select(s => s.ToString()).ToList();
        foreach (var source in new[] { "/etc/resolv.conf", "/run/systemd/resolve/resolv.conf" })
        {
            if (servers.Count > 0 || !File.Exists(source)) continue;
            servers.AddRange((await File.ReadAllLinesAsync(source, cancellation))
                .Select(l => l.Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries))
                .Where(w => w is ["nameserver", var address, ..] && IPAddress.TryParse(address, out var ip)
                    && ip.AddressFamily == System.Net.Sockets.AddressFamily.InterNetwork && !IPAddress.IsLoopback(ip))
                .Select(w => w[1]));
        }
        await WriteAsync(_layout.ResolverFile, string.Concat(servers.Select(s => $"nameserver {s}\n")), cancellation);
    }

    /// <summary>What the API server's network controller must know of this; it runs as another user and can read only this file.</summary>
    private async Task WriteServerFileAsync(CancellationToken cancellation)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true }))
        {
            json.WriteStartObject();
            json.WriteString("northbound", settings.IsCluster ? CentralPorts.Remotes(settings.Central, CentralPorts.Northbound) : $"unix:{_layout.NorthboundSocket}");
            json.WriteString("uplink", settings.Uplink.ToString());
            json.WriteString("pool", settings.Pool.ToString());
            if (settings.IsCluster)
            {
                json.WriteStartObject("central");
                foreach (var member in settings.Central) json.WriteString(member.Node, member.Address.ToString());
                json.WriteEndObject();
            }
            json.WriteEndObject();
        }
        await WriteAsync(Path.Combine(_layout.Folder, "network.json"), Encoding.UTF8.GetString(stream.ToArray()), cancellation);
    }

    /// <summary>The agent is started with fewer options than this command.</summary>
    private async Task WriteClusterFilesAsync(CancellationToken cancellation)
    {
        if (!settings.IsCluster)
        {
            File.Delete(_layout.ClusterFile);
            return;
        }
        await WriteAsync(_layout.TlsSettings, "openssl_conf = rempart\n[rempart]\nssl_conf = modules\n[modules]\nsystem_default = tls\n[tls]\nMinProtocol = TLSv1.3\n", cancellation);
        await WriteAsync(_layout.ClusterFile, new NetworkClusterFile { Central = settings.Central.ToDictionary(m => m.Node, m => m.Address.ToString(), StringComparer.Ordinal) }.ToText(), cancellation);
    }

    private static async Task WriteAsync(string path, string text, CancellationToken cancellation)
    {
        var temporary = path + ".new";
        await File.WriteAllTextAsync(temporary, text, cancellation);
        File.SetUnixFileMode(temporary, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead);
        File.Move(temporary, path, overwrite: true);
    }

    private Task<string> InNamespaceAsync(IReadOnlyList<string> arguments, CancellationToken cancellation) =>
        RunAsync(["ip", "-netns", _layout.Namespace, .. arguments], null, cancellation);

    private static bool LinkExists(string name) =>
        System.Net.NetworkInformation.NetworkInterface.GetAllNetworkInterfaces().Any(i => i.Name == name);

    private bool LinkExistsInNamespace(string name)
    {
        using var handle = NetworkNamespace.Open(_layout.NamespacePath);
        return NetworkNamespace.Run(handle, () => LinkExists(name));
    }

    private static Task<string> RunAsync(IReadOnlyList<string> command, string? input, CancellationToken cancellation) =>
        NetworkTool.RunAsync(command, input, cancellation);
}
