using System.Diagnostics;
using System.Globalization;

namespace Rempart.Testing.Etcd;

/// <summary>
/// A network namespace for each member and a bridge in one more: members can be cut off from each other. Their clients come in over
/// unix sockets, which know no namespaces, and so reach a member that is cut off too.
/// </summary>
internal sealed class EtcdNetwork : IDisposable
{
    private static int _networks;
    private readonly string _name = string.Create(CultureInfo.InvariantCulture, $"rt-etcd-{Environment.ProcessId}-{Interlocked.Increment(ref _networks)}");
    private readonly int _count;
    private readonly List<Process> _relays = [];

    /// <summary>Makes the namespaces; needs root.</summary>
    public EtcdNetwork(int count)
    {
        _count = count;
        try
        {
            Ip($"netns add {_name}");
            Ip($"-n {_name} link add br0 type bridge");
            Ip($"-n {_name} link set br0 up");
            for (var i = 0; i < count; i++)
            {
                Ip($"netns add {Namespace(i)}");
                Ip($"-n {Namespace(i)} link set lo up");
                Ip($"-n {_name} link add p{i} type veth peer name eth0 netns {Namespace(i)}");
                Ip($"-n {_name} link set p{i} master br0 up");
                Ip($"-n {Namespace(i)} address add {Address(i)}/24 dev eth0");
                Ip($"-n {Namespace(i)} link set eth0 up");
            }
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public string Namespace(int member) => $"{_name}-m{member}";

    /// <summary>Where other members reach one.</summary>
    public static string Address(int member) => $"10.99.0.{member + 1}";

    /// <summary>Lets clients on the host's loopback reach a port of a member's loopback.</summary>
    public void Relay(int member, int hostPort, int port, string folder)
    {
        var socket = Path.Combine(folder, $"relay-{member}.sock");
        _relays.Add(Process.Start("ip", ["netns", "exec", Namespace(member), "socat", "-lf", "/dev/null", $"UNIX-LISTEN:{socket},fork", $"TCP:127.0.0.1:{port}"]));
        _relays.Add(Process.Start("socat", ["-lf", "/dev/null", $"TCP-LISTEN:{hostPort},bind=127.0.0.1,fork,reuseaddr,backlog=64", $"UNIX-CONNECT:{socket}"]));
    }

    /// <summary>Cuts a member off from the others, or joins it again.</summary>
    public void Cut(int member, bool isCut) => Ip($"-n {_name} link set p{member} {(isCut ? "down" : "up")}");

    public void Dispose()
    {
        foreach (var relay in _relays)
        {
            relay.Kill(entireProcessTree: true);
            relay.WaitForExit();
            relay.Dispose();
        }

        for (var i = 0; i < _count; i++) Run("ip", ["netns", "delete", Namespace(i)]);
        Run("ip", ["netns", "delete", _name]);
    }

    private static void Ip(string arguments)
    {
        if (Run("ip", arguments.Split(' ')) != 0) throw new InvalidOperationException($"`ip {arguments}` failed: it needs root and iproute2");
    }

    private static int Run(string program, IReadOnlyList<string> arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true, UseShellExecute = false })!;
        process.StandardError.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode;
    }
}
