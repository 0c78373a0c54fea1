using System.Globalization;
using System.Net;
using System.Security.Cryptography.X509Certificates;
using Rempart.Controllers.Networking;
using Rempart.Testing.Ovsdb;

namespace Rempart.Network.Tests;

/// <summary>
/// Hosts, each in a network namespace, on three wires: management (10.1.0.x), tenant (10.4.0.x) and the outside (203.0.113.x, where
/// 203.0.113.2 listens). All hold OVN's databases. Certificates are of two authorities, as the API server's are.
/// </summary>
public sealed class HostCluster : IAsyncDisposable
{
    private const string Outside = "203.0.113.2";
    private readonly string _id = NetworkHost.NewId();
    private readonly OvsdbCertificates _central = new("central");
    private readonly OvsdbCertificates _others = new("hosts");
    private readonly List<NetworkHost> _hosts = [];

    private HostCluster()
    {
    }

    internal IReadOnlyList<NetworkHost> Hosts => _hosts;

    internal string OutsideNamespace => $"out-{_id}";

    private string Wires => $"wires-{_id}";

    internal static async Task<HostCluster> StartAsync(int count, params string[] further)
    {
        var cluster = new HostCluster();
        try
        {
            await cluster.LayWiresAsync();
            var members = Enumerable.Range(1, count).SelectMany(i => new[] { "--central", $"host-{Text(i)}=10.1.0.{Text(i)}" }).ToList();
            for (var i = 1; i <= count; i++)
            {
                var host = NetworkHost.Of($"{cluster._id}{Text(i)}", $"host-{Text(i)}", [.. members, "--tunnel-address", $"10.4.0.{Text(i)}", .. further]);
                cluster._hosts.Add(host);
                await cluster.PlugAsync(host, i);
            }
            var sockets = cluster._hosts.Select(h => h.Layout.NorthboundSocket).ToList();
            foreach (var (i, host) in cluster._hosts.Index())
            {
                if (i == 0) Assert.Equal((0, ""), await host.AgentAsync("found"));
                await host.StartAsync(() => cluster.CertifyAsync(host), sockets);
            }
            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    /// <summary>What all networks are like with these; nodes' addresses are on the outside wire.</summary>
    internal FabricState State(IReadOnlyList<FabricNetwork> networks, IReadOnlyList<FabricPort> ports) => new()
    {
        Fabric = _hosts[0].Fabric,
        Networks = networks,
        Ports = ports,
        Chassis = [.. _hosts.Select(h => h.Settings.NodeName)],
        HostAddresses = [.. _hosts.Select((_, i) => IPAddress.Parse($"203.0.113.1{Text(i + 1)}"))],
    };

    /// <summary>Another certificate for each host, with another key.</summary>
    internal async Task RenewAsync()
    {
        foreach (var host in _hosts) await CertifyAsync(host);
    }

    /// <summary>A folder with a certificate as a host without databases has, of a name.</summary>
    internal async Task<string[]> StrangerAsync(string name, string folder, bool ofThisCluster)
    {
        using var stranger = new OvsdbCertificates("stranger");
        using var certificate = (ofThisCluster ? _others : stranger).Issue(name);
        await File.WriteAllTextAsync(Path.Combine(folder, "identity.pem"), OvsdbCertificates.Pem(certificate));
        await File.WriteAllTextAsync(Path.Combine(folder, "ca.pem"), _central.Authority.ExportCertificatePem());
        return [$"--private-key={folder}/identity.pem", $"--certificate={folder}/identity.pem", $"--ca-cert={folder}/ca.pem"];
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var host in Enumerable.Reverse(_hosts)) await host.DisposeAsync();
        foreach (var ns in new[] { OutsideNamespace, Wires }) await Command.TryAsync(null, "ip", "netns", "delete", ns);
        _central.Dispose();
        _others.Dispose();
    }

    private async Task LayWiresAsync()
    {
        await Command.RunAsync(null, "ip", "netns", "add", Wires);
        await Command.RunAsync(null, "ip", "netns", "add", OutsideNamespace);
        foreach (var wire in new[] { "management", "tenant", "outside" })
        {
            await Command.RunAsync(Wires, "ip", "link", "add", wire, "type", "bridge");
            await Command.RunAsync(Wires, "ip", "link", "set", wire, "up");
        }
        await Command.RunAsync(OutsideNamespace, "ip", "link", "set", "lo", "up");
        await JoinAsync(OutsideNamespace, "eth0", "outside", "out", Outside);
    }

    private async Task PlugAsync(NetworkHost host, int number)
    {
        await Command.RunAsync(null, "ip", "netns", "add", host.HostNamespace);
        await Command.RunAsync(host.HostNamespace, "ip", "link", "set", "lo", "up");
        await Command.RunAsync(host.HostNamespace, "sh", "-c", "echo 0 >/proc/sys/net/ipv4/ip_forward");
        await JoinAsync(host.HostNamespace, "eth0", "outside", $"o{Text(number)}", $"203.0.113.1{Text(number)}");
        await JoinAsync(host.HostNamespace, "eth1", "management", $"m{Text(number)}", $"10.1.0.{Text(number)}");
        await JoinAsync(host.HostNamespace, "eth2", "tenant", $"t{Text(number)}", $"10.4.0.{Text(number)}");
    }

    private async Task JoinAsync(string ns, string link, string wire, string port, string address)
    {
        await Command.RunAsync(Wires, "ip", "link", "add", port, "type", "veth", "peer", "name", link, "netns", ns);
        await Command.RunAsync(Wires, "ip", "link", "set", port, "master", wire, "up");
        await Command.RunAsync(ns, "ip", "address", "add", $"{address}/24", "dev", link);
        await Command.RunAsync(ns, "ip", "link", "set", link, "up");
    }

    /// <summary>What the agent gets from the API server.</summary>
    private async Task CertifyAsync(NetworkHost host)
    {
        using var certificate = _central.Issue(host.Settings.NodeName, host.Settings.OwnCentral!.Address);
        await WriteAsync(host.Layout.TlsIdentity, OvsdbCertificates.Pem(certificate));
        await WriteAsync(host.Layout.TlsCentralAuthority, Pem(_central.Authority));
        await WriteAsync(host.Layout.TlsHostAuthorities, Pem(_central.Authority) + Pem(_others.Authority));
    }

    private static async Task WriteAsync(string path, string text)
    {
        await File.WriteAllTextAsync(path + ".new", text);
        File.SetUnixFileMode(path + ".new", UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead);
        File.Move(path + ".new", path, overwrite: true);
    }

    private static string Pem(X509Certificate2 certificate) => certificate.ExportCertificatePem() + "\n";

    private static string Text(int value) => value.ToString(CultureInfo.InvariantCulture);
}
