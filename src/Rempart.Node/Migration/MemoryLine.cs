using System.Net.Sockets;
using Rempart.Protocols.Qmp;

namespace Rempart.Node.Migration;

/// <summary>
/// The connection on which a guest's memory leaves, as long as the agent has a hand on it. QEMU with TLS sends two records a page, one of 8 bytes: while the guest runs they
/// are gathered into whole segments, and from when it stands still each goes at once. An agent that died loses its hand; what it gathered goes after 200 ms at the latest (tcp(7), TCP_CORK).
/// </summary>
internal sealed class MemoryLine : IDisposable
{
    private const int Level = 6; // IPPROTO_TCP
    private const int Cork = 3; // TCP_CORK
    private Socket? _socket;
    private bool _gathers;

    /// <summary>Takes the connection that QEMU has got, and owns this end's copy.</summary>
    internal void Keep(Socket socket)
    {
        _socket?.Dispose();
        (_socket, _gathers) = (socket, false);
    }

    /// <summary>Gives QEMU the connection under a name.</summary>
    internal Task HandAsync(QmpClient qmp, string name, CancellationToken cancellationToken) =>
        MoveSockets.HandAsync(qmp, name, _socket ?? throw new InvalidOperationException("no connection is kept"), cancellationToken);

    /// <summary>To be said once both ends have shaken hands, whose words wait for each other. Once more is no harm.</summary>
    internal void Gather()
    {
        if (_gathers || _socket is null) return;
        _gathers = true;
        Set(1);
    }

    /// <summary>Sends what was gathered, and lets the connection go: it is QEMU's alone, and ends with it.</summary>
    public void Dispose()
    {
        if (_socket is null) return;
        if (_gathers) Set(0);
        _socket.Dispose();
        _socket = null;
    }

    private void Set(int value)
    {
        try
        {
            _socket!.SetRawSocketOption(Level, Cork, BitConverter.GetBytes(value));
        }
        catch (SocketException)
        {
            // It has ended, which QEMU tells.
        }
    }
}
