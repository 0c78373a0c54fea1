using System.Net;
using System.Net.Sockets;
using System.Text;
using Rempart.Linux;
using Rempart.Node.Networks;

namespace Rempart.Network.Tests;

/// <summary>A stand-in for a virtual machine: a network namespace whose only link is joined to a port's tap frame by frame.</summary>
internal sealed class Guest : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);
    private readonly FramePump _pump;

    private Guest(string ns, FramePump pump) => (Namespace, _pump) = (ns, pump);

    internal string Namespace { get; }

    internal static async Task<Guest> BootAsync(string ns, string mac, NetworkPort port)
    {
        await Command.RunAsync(null, "ip", "netns", "add", ns);
        using var inside = NetworkNamespace.Open($"/run/netns/{ns}");
        using var outside = NetworkNamespace.Open(port.NamespacePath);
        var card = TapDevice.Open("eth0", vnetHeader: false, persistent: false, inside);
        var pump = new FramePump(card, TapDevice.Open(port.Tap, port.VnetHeader, persistent: true, outside));
        var guest = new Guest(ns, pump);
        await guest.RunAsync("ip", "link", "set", "lo", "up");
        await guest.RunAsync("ip", "link", "set", "eth0", "address", mac);
        await guest.RunAsync("ip", "link", "set", "eth0", "up");
        return guest;
    }

    /// <summary>What QEMU sends for a machine that goes on here after it came from elsewhere.</summary>
    internal void Announce(string mac)
    {
        var own = Convert.FromHexString(mac.Replace(":", "", StringComparison.Ordinal));
        _pump.Send([0xff, 0xff, 0xff, 0xff, 0xff, 0xff, .. own, 0x80, 0x35, 0, 1, 8, 0, 6, 4, 0, 3, .. own, 0, 0, 0, 0, .. own, 0, 0, 0, 0, .. new byte[18]]);
    }

    internal Task<string> RunAsync(params string[] command) => Command.RunAsync(Namespace, command);

    /// <summary>Asks for a lease and takes what it is given.</summary>
    /// <returns>`address/prefix router dns domain mtu`; null when nobody answers.</returns>
    internal async Task<string?> LeaseAsync()
    {
        var script = Path.Combine(AppContext.BaseDirectory, "lease.sh");
        await File.WriteAllTextAsync(script, """
            #!/bin/sh
            [ "$1" = bound ] || exit 0
            ip address replace "$ip/$mask" dev "$interface"
            ip link set "$interface" mtu "$mtu"
            [ -z "$router" ] || ip route replace default via "$router"
            echo "lease $ip/$mask ${router:--} $dns $domain $mtu"
            """);
        File.SetUnixFileMode(script, UnixFileMode.UserRead | UnixFileMode.UserExecute | UnixFileMode.UserWrite);
        var (_, output) = await Command.TryAsync(Namespace, "busybox", "udhcpc", "-i", "eth0", "-n", "-q", "-f", "-t", "60", "-T", "1", "-s", script);
        return output.Split('\n').FirstOrDefault(l => l.StartsWith("lease ", StringComparison.Ordinal))?["lease ".Length..];
    }

    internal async Task<bool> PingAsync(IPAddress address) => (await Command.TryAsync(Namespace, "busybox", "ping", "-c", "2", "-W", "1", address.ToString())).ExitCode == 0;

    /// <summary>Waits until the address answers: what has just been plugged, or lies behind another host, takes a moment.</summary>
    internal Task ReachesAsync(IPAddress address) => Eventually.EqualAsync("reached", async () => await PingAsync(address) ? "reached" : "not", Eventually.Patient);

    /// <summary>Sends a line over TCP and returns what comes back; null when there is no connection within two seconds.</summary>
    internal Task<string?> AskAsync(IPAddress address, int port) => AskAsync(Namespace, address, port);

    internal static async Task<string?> AskAsync(string ns, IPAddress address, int port)
    {
        using var socket = NewSocket(ns, SocketType.Stream);
        using var limit = new CancellationTokenSource(Patience, TimeProvider.System);
        try
        {
            await socket.ConnectAsync(address, port, limit.Token);
            await socket.SendAsync("hello\n"u8.ToArray(), limit.Token);
            var buffer = new byte[64];
            return Encoding.ASCII.GetString(buffer, 0, await socket.ReceiveAsync(buffer, limit.Token)).Trim();
        }
        catch (Exception exception) when (exception is SocketException or OperationCanceledException)
        {
            return null;
        }
    }

    /// <summary>A name's addresses.</summary>
    internal async Task<string> ResolveAsync(string name, IPAddress server) => string.Join('\n', (await DigAsync(server, name, "A")).Split(' ').Skip(1));

    /// <summary>Asks like a resolver does; a server that has just come is waited for.</summary>
    /// <returns>the status and what the answers say, such as `NOERROR 10.1.2.3`; `SILENCE` when nobody answers.</returns>
    internal async Task<string> DigAsync(IPAddress server, params string[] question)
    {
        var (_, output) = await Command.TryAsync(Namespace, ["dig", "+noall", "+comments", "+answer", "+time=1", "+tries=10", $"@{server}", .. question]);
        var lines = output.Split('\n');
        var status = lines.Select(l => l.Split("status: ")).FirstOrDefault(p => p.Length == 2)?[1].Split(',')[0] ?? "SILENCE";
        return string.Join(' ', [status, .. lines.Where(l => l.Length > 0 && l[0] != ';').Select(l => l.Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries)[^1]).Order(StringComparer.Ordinal)]);
    }

    public async ValueTask DisposeAsync()
    {
        _pump.Dispose();
        await Command.TryAsync(null, "ip", "netns", "delete", Namespace);
    }

    internal static Socket NewSocket(string ns, SocketType type)
    {
        using var handle = NetworkNamespace.Open($"/run/netns/{ns}");
        return NetworkNamespace.Run(handle, () => new Socket(AddressFamily.InterNetwork, type, type == SocketType.Stream ? ProtocolType.Tcp : ProtocolType.Udp));
    }
}
