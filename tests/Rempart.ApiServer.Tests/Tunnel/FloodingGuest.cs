using Rempart.Testing.Streams;

namespace Rempart.ApiServer.Tests.Tunnel;

/// <summary>A guest that prints without end until an interrupt (Ctrl-C) is typed.</summary>
internal sealed class FloodingGuest
{
    private long printed;
    private int interrupted;

    public FloodingGuest() => Console = new DuplexStream(PrintAsync, HearAsync);

    public Stream Console { get; }

    public long Printed => Interlocked.Read(ref printed);

    private async ValueTask<int> PrintAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        await Task.Yield();
        cancellationToken.ThrowIfCancellationRequested();
        if (Volatile.Read(ref interrupted) != 0) return 0;
        buffer.Span.Fill((byte)'y');
        Interlocked.Add(ref printed, buffer.Length);
        return buffer.Length;
    }

    private ValueTask HearAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken)
    {
        if (buffer.Span.Contains((byte)3)) Volatile.Write(ref interrupted, 1);
        return ValueTask.CompletedTask;
    }
}
