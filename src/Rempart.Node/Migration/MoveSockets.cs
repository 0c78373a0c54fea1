using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;
using Rempart.Linux;
using Rempart.Protocols.Qmp;

namespace Rempart.Node.Migration;

/// <summary>
/// The connections of a move, made outside of the jails and handed in. The source's come from a port that only root of its host can have,
/// and the target's sockets take nothing else: whoever else is on the plane, or on the source's host, does not even reach QEMU.
/// </summary>
internal static class MoveSockets
{
    private const int FirstPort = 512;
    private const int Attempts = 64;
    private const int Backlog = 4;
    private const int SocketLevel = 1; // SOL_SOCKET
    private const int SendTimeout = 21; // SO_SNDTIMEO, which bounds connect(2) too: a timeval
    private static readonly byte[] ConnectLimit = [10, .. new byte[15]];
    private static readonly byte[] NoLimit = new byte[16];

    internal static Socket Listen(IPAddress address, IPAddress peer)
    {
        // What is accepted inherits it: QEMU's answers in a handshake are small, and each would wait for the other end's delayed acknowledgement (40 ms).
        var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            socket.Bind(new IPEndPoint(address, 0));
            SocketFilter.AllowOnly(socket, peer);
            socket.Listen(Backlog);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    internal static int PortOf(Socket socket) => ((IPEndPoint)socket.LocalEndPoint!).Port;

    /// <exception cref="MoveException">nothing takes the connection there.</exception>
    internal static async Task<Socket> ConnectAsync(IPAddress own, IPEndPoint target, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            var socket = new Socket(own.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            try
            {
                socket.Bind(new IPEndPoint(own, RandomNumberGenerator.GetInt32(FirstPort, SocketFilter.FirstOpenPort)));
                socket.SetRawSocketOption(SocketLevel, SendTimeout, ConnectLimit);
                // Blocking: what the runtime once waited for asynchronously wakes this process at each packet, whoever holds the socket then.
                await Task.Run(() => socket.Connect(target), cancellationToken);
                socket.SetRawSocketOption(SocketLevel, SendTimeout, NoLimit);
                return socket;
            }
            catch (SocketException denied) when (denied.SocketErrorCode == SocketError.AccessDenied && !socket.IsBound)
            {
                socket.Dispose();
                throw new MoveException("the agent may not use ports below 1024, from which the target takes a move: it needs the capability CAP_NET_BIND_SERVICE", denied);
            }
            // Somebody has the port, or its last connection there is not forgotten yet.
            catch (SocketException taken) when (taken.SocketErrorCode is SocketError.AddressAlreadyInUse or SocketError.AddressNotAvailable && attempt < Attempts)
            {
                socket.Dispose();
            }
            catch (SocketException exception)
            {
                socket.Dispose();
                // Not why: what it says would be told about whatever is at that address.
                throw new MoveException($"the target does not take a connection at `{target}`", exception);
            }
            catch
            {
                socket.Dispose();
                throw;
            }
        }
    }

    /// <summary>Gives QEMU a socket under a name; ours stays ours.</summary>
    internal static async Task HandAsync(QmpClient qmp, string name, Socket socket, CancellationToken cancellationToken)
    {
        using var descriptor = new SafeFileHandle(socket.SafeHandle.DangerousGetHandle(), ownsHandle: false);
        await qmp.ExecuteAsync("getfd", new() { ["fdname"] = name }, [descriptor], cancellationToken);
    }

    /// <summary>
    /// Ends whatever still talks to a process's sockets of one port, and lets nobody new in. QEMU 7.2 waits for every client when its disk
    /// server is stopped, for one that never says a word for ever, and its guest stands still meanwhile.
    /// </summary>
    internal static void Silence(int pid, int port)
    {
        using var process = ProcessHandle.TryOpen(pid);
        if (process is null) return;
        foreach (var link in Directory.EnumerateFiles($"/proc/{pid}/fd"))
        {
            if (new FileInfo(link).LinkTarget?.StartsWith("socket:", StringComparison.Ordinal) != true || !int.TryParse(Path.GetFileName(link), CultureInfo.InvariantCulture, out var number)) continue;
            using var copy = process.TakeDescriptor(number);
            if (copy is null) continue;
            using var socket = Of(copy);
            if (socket is null || socket.LocalEndPoint is not IPEndPoint local || local.Port != port) continue;
            SocketFilter.AllowNothing(socket);
            if (socket.Connected) socket.Shutdown(SocketShutdown.Both);
        }
    }

    private static Socket? Of(SafeFileHandle copy)
    {
        try
        {
            var socket = new Socket(new SafeSocketHandle(copy.DangerousGetHandle(), ownsHandle: false));
            if (socket.ProtocolType == ProtocolType.Tcp) return socket;
            socket.Dispose();
            return null;
        }
        catch (SocketException)
        {
            return null;
        }
    }
}
