using System.Text;

namespace Rempart.Node.Tests.Battery;

/// <summary>Sockets of every family, and who listens on the host.</summary>
internal static class SocketAttempts
{
    private const string Families = "sockets";
    private const string Listeners = "who listens on the host";
    private const string Nothing = "nothing: the kernel allows it to all";
    private const string Network = "network namespace";
    private const string Capability = "no capability";

    internal static IEnumerable<Attempt> All() =>
    [
        Socket("unix stream", 1, 1, 0, Nothing),
        Socket("unix datagram", 1, 2, 0, Nothing),
        Socket("inet stream", 2, 1, 0, Nothing),
        Socket("inet datagram", 2, 2, 0, Nothing),
        Socket("inet raw", 2, 3, 1, Capability),
        Socket("inet6 stream", 10, 1, 0, Nothing),
        Socket("packet", 17, 3, 0x0300, Capability),
        Socket("netlink route", 16, 3, 0, Nothing),
        Socket("netlink netfilter", 16, 3, 12, Nothing),
        Socket("netlink audit", 16, 3, 9, Nothing),
        Socket("vsock", 40, 1, 0, Nothing),
        Socket("algorithms (AF_ALG)", 38, 5, 0, Nothing),
        Socket("key management (AF_KEY)", 15, 3, 2, Capability),
        Socket("bluetooth", 31, 3, 1, Capability),
        Socket("can", 29, 3, 1, Capability),
        Socket("tipc", 30, 1, 0, Capability),
        Socket("xdp", 44, 3, 0, Capability),
        Socket("rds", 21, 5, 0, Nothing),
        Socket("kcm", 41, 2, 0, Nothing),
        Socket("qipcrtr", 42, 2, 0, Nothing),
        Socket("smc", 43, 1, 0, Nothing),
        new(Families, "socketpair", Nothing, script => script.Call("socketpair", 1, 1, 0, script.Room(8))),

        Tcp("the API on loopback", [127, 0, 0, 1], targets => targets.ApiPort),
        new(Listeners, "a metadata service, 169.254.169.254", Network, script => script.Call("connect", script.Call("socket", 2, 2, 0), script.Bytes(2, 0, 0, 80, 169, 254, 169, 254, 0, 0, 0, 0, 0, 0, 0, 0), 16)),
        Unix("a socket of agent, server or switch that lets everyone in", targets => targets.OpenSocket, "root of its own"),
        Unix("another machine's monitor", targets => targets.NeighborFolder + "/qmp.sock", "root of its own"),
        Unix("another machine's console", targets => targets.NeighborFolder + "/bundle/attach", "root of its own"),
        Unix("a nameless unix socket of the host", targets => "\0" + targets.AbstractSocket, Network),
    ];

    /// <summary>More from the socket that QEMU listens on.</summary>
    internal static IEnumerable<Attempt> OfMonitor() =>
    [
        new(Listeners, "connect by its monitor's own socket", Nothing, script => script.Call("connect", BatteryTargets.Monitor, Address("\0" + script.Targets.AbstractSocket, script, out var size), size)),
        new(Listeners, "bind its monitor's own socket anew", Nothing, script => script.Call("bind", BatteryTargets.Monitor, Address("\0other", script, out var size), size)),
    ];

    private static Attempt Socket(string name, int family, int type, int protocol, string behind) => new(Families, name, behind, script => script.Call("socket", family, type, protocol));

    private static Attempt Tcp(string name, byte[] address, Func<BatteryTargets, int> port) => new(Listeners, name, Network, script =>
        script.Call("connect", script.Call("socket", 2, 1, 0), script.Bytes([2, 0, (byte)(port(script.Targets) >> 8), (byte)port(script.Targets), .. address, 0, 0, 0, 0, 0, 0, 0, 0]), 16));

    private static Attempt Unix(string name, Func<BatteryTargets, string> path, string behind) => new(Listeners, name, behind, script =>
        script.Call("connect", script.Call("socket", 1, 1, 0), Address(path(script.Targets), script, out var size), size));

    /// <summary>Of a unix socket.</summary>
    internal static ulong Address(string path, AttemptScript script, out int size)
    {
        byte[] bytes = [1, 0, .. Encoding.UTF8.GetBytes(path)];
        // A nameless one is as long as it says; a path ends with a zero.
        size = bytes.Length + (path.StartsWith('\0') ? 0 : 1);
        return script.Bytes([.. bytes, 0]);
    }
}
