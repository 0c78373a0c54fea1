using System.Net;
using System.Text;

namespace Rempart.Node.Tests.Battery;

/// <summary>Where a fetcher asks its broker to lead it, and in which words (SOCKS5, RFC 1928).</summary>
internal static class BrokerAttempts
{
    /// <summary>What would be led to, were the address one that is allowed.</summary>
    internal const string Addresses = "where its broker leads";

    /// <summary>The broker's rules of addresses; a run with others shows that nothing else refuses these.</summary>
    internal const string Rules = "broker's rules, by the very address";

    /// <summary>Where the image is, and the only exception from what is closed.</summary>
    internal static readonly IPAddress Source = IPAddress.Parse("127.0.0.5");

    /// <summary>An address of this host that looks like one of the Internet.</summary>
    internal static readonly IPAddress Own = IPAddress.Parse("198.41.0.4");

    // What looks up names gives none for them; the rules stand behind.
    private const string NoName = "no name of anything, then broker's rules";
    private const string Language = "what its broker speaks";
    private const string Ports = "broker's rules, by the port";
    private const string ConnectOnly = "broker speaks CONNECT alone";
    private const string Letters = "broker takes letters of names alone";
    private static readonly byte[] NoAuthentication = [5, 1, 0];

    internal static IEnumerable<Attempt> All() =>
    [
        new Attempt(Addresses, "where the image is", "granted: that is what it is for", script => Ask(script, NoAuthentication, Connect(Source, script.Targets.ApiPort))) { IsAnswer = true, IsGranted = true },
        To("the API on loopback", "127.0.0.1"), To("another address of loopback", "127.0.0.2"), To("this host as 0.0.0.0", "0.0.0.0") with { Behind = NoName }, To("loopback as ::1", "::1"), To("this host as ::", "::") with { Behind = NoName },
        To("loopback in an IPv6 address", "::ffff:127.0.0.1"), To("loopback in an old IPv6 address", "::127.0.0.1"), To("loopback behind NAT64", "64:ff9b::127.0.0.1"), To("loopback behind 6to4", "2002:7f00:1::"),
        To("a metadata service", "169.254.169.254"), To("a link-local address", "fe80::1"), To("a plane of the cluster", "10.0.0.1"), To("a private network", "192.168.1.1"), To("another private network", "172.16.0.1"),
        To("a provider's inner network", "100.64.0.1"), To("a private network of IPv6", "fd00::1"), To("multicast", "224.0.0.1"), To("everybody", "255.255.255.255"), To("an address of this host that looks public", Own.ToString()),
        ToName("localhost", "localhost"), ToName("127.0.0.1 as a name", "127.0.0.1"), ToName("127.1", "127.1"), ToName("0x7f.1", "0x7f.1"), ToName("0177.0.0.1", "0177.0.0.1"), ToName("2130706433", "2130706433"), ToName("0", "0") with { Behind = NoName },
        ToName("::1 as a name", "::1"), ToName("::ffff:127.0.0.1 as a name", "::ffff:127.0.0.1"), ToName("a name that leads to a plane", "plane.test"), ToName("a name that leads to several of them", "planes.test"),
        Port("SSH where the image is", 22), Port("port 80 where the image is", 80), Port("the port of a mail server", 25), Port("port 0", 0),

        Odd("a socket that listens (BIND)", ConnectOnly, _ => [5, 2, 0, 1, .. Source.GetAddressBytes(), 1, 187]),
        Odd("datagrams (UDP ASSOCIATE)", ConnectOnly, _ => [5, 3, 0, 1, .. Source.GetAddressBytes(), 1, 187]),
        Odd("a name looked up (RESOLVE)", ConnectOnly, _ => [5, 0xF0, 0, 3, 9, .. "localhost"u8, 1, 187]),
        Odd("a reserved byte", ConnectOnly, _ => [5, 1, 1, 1, .. Source.GetAddressBytes(), 1, 187]),
        Odd("another type of address", ConnectOnly, _ => [5, 1, 0, 2, .. Source.GetAddressBytes(), 1, 187]),
        Odd("a name without a letter", Letters, _ => [5, 1, 0, 3, 0, 1, 187]),
        Odd("a name with a zero byte", Letters, _ => Name("images.test\0.10.0.0.1", 443)),
        Odd("a path of a unix socket", Letters, script => Name(script.Targets.OpenSocket, 443)),
        Odd("a name with a line feed", Letters, _ => Name("images.test\nHost:x", 443)),
        Odd("a user in a name", Letters, _ => Name("x@10.0.0.1", 443)),
        Odd("a name in brackets", Letters, _ => Name("[::1]", 443)),
        Odd("a scope in an address", Letters, _ => Name("fe80::1%lo", 443)),
        Odd("SOCKS4", ConnectOnly, _ => [], [4, 1, 1, 187, 127, 0, 0, 1, 0]),
        Odd("a proxy of HTTP", ConnectOnly, _ => [], [.. "CONNECT 127.0.0.1:443 HTTP/1.1\r\n\r\n"u8]),
        Odd("a password instead of nothing", ConnectOnly, _ => [], [5, 1, 2]),
        Odd("no method at all", ConnectOnly, _ => [], [5, 0]),
    ];

    /// <summary>The address of its broker's socket, through the descriptor.</summary>
    internal static ulong Place(AttemptScript script, out int size) => SocketAttempts.Address($"/proc/self/fd/{FetcherAttempts.Broker}", script, out size);

    private static Attempt To(string name, string address) => Attempt(Addresses, name, Rules, script => Connect(IPAddress.Parse(address), script.Targets.ApiPort));

    private static Attempt ToName(string name, string host) => Attempt(Addresses, name, Rules, script => Name(host, script.Targets.ApiPort));

    private static Attempt Port(string name, int port) => Attempt(Language, name, Ports, _ => Connect(Source, port));

    private static Attempt Odd(string name, string behind, Func<AttemptScript, byte[]> request, byte[]? greeting = null) => Attempt(Language, name, behind, request, greeting);

    private static Attempt Attempt(string group, string name, string behind, Func<AttemptScript, byte[]> request, byte[]? greeting = null) =>
        new(group, name, behind, script => Ask(script, greeting ?? NoAuthentication, request(script))) { IsAnswer = true };

    private static void Ask(AttemptScript script, byte[] greeting, byte[] request)
    {
        var socket = script.Call("socket", 1, 1, 0);
        script.Call("connect", socket, Place(script, out var size), size);
        script.Call("write", socket, script.Bytes(greeting), greeting.Length);
        var answer = script.Room(16);
        // What it says to a greeting that it takes is passed over; one that it does not take is answered by the end.
        if (request.Length > 0)
        {
            script.Call("read", socket, script.Room(16), 2);
            script.Call("write", socket, script.Bytes(request), request.Length);
        }

        script.Call("read", socket, answer, 10);
        // There are eight at a time.
        script.Tidy("close", socket);
        script.Look(answer);
    }

    private static byte[] Connect(IPAddress address, int port) => [5, 1, 0, (byte)(address.GetAddressBytes().Length == 4 ? 1 : 4), .. address.GetAddressBytes(), (byte)(port >> 8), (byte)port];

    private static byte[] Name(string host, int port) => [5, 1, 0, 3, (byte)Encoding.ASCII.GetByteCount(host), .. Encoding.ASCII.GetBytes(host), (byte)(port >> 8), (byte)port];
}
