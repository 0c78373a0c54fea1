using System.Net.Sockets;

namespace Rempart.Protocols.Conmon;

/// <summary>
/// Conmon's attach socket (SOCK_SEQPACKET): each packet from it is one byte saying which output, then bytes; each packet to it is
/// input. Any number may be attached. Conmon waits for a slow reader, and the workload with it: read at once, always.
/// </summary>
public sealed class ConmonAttach : IAsyncDisposable
{
    // Conmon reads its workload's output in pieces of 8 KiB (CONN_SOCK_BUF_SIZE 32 KiB is its largest packet).
    private const int MaxPacket = 64 * 1024;
    private const int MaxInput = 8 * 1024;
    private readonly Socket socket;
    private readonly byte[] packet = new byte[MaxPacket];

    private ConmonAttach(Socket socket) => this.socket = socket;

    /// <exception cref="SocketException">nobody listens: the workload has ended.</exception>
    public static async Task<ConmonAttach> ConnectAsync(string path, CancellationToken cancellationToken)
    {
        var connection = new Socket(AddressFamily.Unix, SocketType.Seqpacket, ProtocolType.Unspecified);
        try
        {
            await connection.ConnectAsync(new UnixDomainSocketEndPoint(path), cancellationToken);
            return new ConmonAttach(connection);
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>The next piece of either output, valid until the next call; null at the end. A packet of an unknown kind is skipped.</summary>
    public async ValueTask<(ConmonStream Stream, ReadOnlyMemory<byte> Data)?> ReadAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var count = await socket.ReceiveAsync(packet, SocketFlags.None, cancellationToken);
            if (count == 0) return null;
            if (packet[0] is (byte)ConmonStream.Stdout or (byte)ConmonStream.Stderr && count > 1)
                return ((ConmonStream)packet[0], packet.AsMemory(1, count - 1));
        }
    }

    public async Task WriteAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken)
    {
        for (; data.Length > 0; data = data[Math.Min(MaxInput, data.Length)..])
            await socket.SendAsync(data[..Math.Min(MaxInput, data.Length)], SocketFlags.None, cancellationToken);
    }

    public ValueTask DisposeAsync()
    {
        socket.Dispose();
        return ValueTask.CompletedTask;
    }
}
