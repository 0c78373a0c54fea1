using System.Buffers;
using System.Net.Sockets;

namespace Rempart.Node.Fetching;

/// <summary>Carries bytes between two sockets, both ways, until both ends are done or nothing has moved for two minutes.</summary>
internal static class SocketRelay
{
    private const int Chunk = 64 * 1024;
    private static readonly TimeSpan Silence = TimeSpan.FromMinutes(2);

    internal static async Task RunAsync(Socket left, Socket right, TimeProvider time, CancellationToken cancellationToken)
    {
        using var silent = new CancellationTokenSource(Silence, time);
        using var over = CancellationTokenSource.CreateLinkedTokenSource(silent.Token, cancellationToken);
        await Task.WhenAll(CarryAsync(left, right, silent, over), CarryAsync(right, left, silent, over));
    }

    private static async Task CarryAsync(Socket from, Socket to, CancellationTokenSource silent, CancellationTokenSource over)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(Chunk);
        try
        {
            for (int count; (count = await from.ReceiveAsync(buffer.AsMemory(), over.Token)) > 0;)
            {
                for (var sent = 0; sent < count;) sent += await to.SendAsync(buffer.AsMemory(sent, count - sent), over.Token);
                silent.CancelAfter(Silence);
            }

            to.Shutdown(SocketShutdown.Send);
        }
        catch (Exception cut) when (cut is SocketException or OperationCanceledException or ObjectDisposedException)
        {
            // A broken connection is broken both ways.
            await over.CancelAsync();
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
