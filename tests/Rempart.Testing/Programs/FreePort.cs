using System.Net;
using System.Net.Sockets;

namespace Rempart.Testing.Programs;

/// <summary>Ports of the loopback for programs that can't choose one themselves.</summary>
public static class FreePort
{
    // Below the kernel's own choices (net.ipv4.ip_local_port_range), so that no client's end of a connection takes it before the program does, or while it is down.
    private const int First = 20000, Behind = 32000;

    /// <summary>A port that nobody listens on.</summary>
    public static int Next() => Next(1)[0];

    /// <summary>Several, all different.</summary>
    /// <param name="count">How many.</param>
    public static int[] Next(int count)
    {
        List<TcpListener> probes = [];
        try
        {
            for (var i = 0; probes.Count < count; i++)
            {
                if (i == 1000) throw new InvalidOperationException("no free port among a thousand");
                var probe = new TcpListener(IPAddress.Loopback, Random.Shared.Next(First, Behind));
                try
                {
                    probe.Start();
                    probes.Add(probe);
                }
                catch (SocketException)
                {
                    // Somebody's; the next one.
                    probe.Dispose();
                }
            }

            return [.. probes.Select(probe => ((IPEndPoint)probe.LocalEndpoint).Port)];
        }
        finally
        {
            foreach (var probe in probes) probe.Dispose();
        }
    }
}
