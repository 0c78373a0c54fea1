using System.Buffers;
using Microsoft.Win32.SafeHandles;
using Rempart.Linux;

namespace Rempart.Node.Migration;

/// <summary>
/// A disk's file, byte by byte into another one; holes stay holes. Nothing of it is parsed, so no jail is needed. INVARIANT: nobody writes to either file meanwhile.
/// </summary>
internal sealed class PoolCopy(SafeFileHandle from, SafeFileHandle to, long? bandwidth, TimeProvider time)
{
    private const int Chunk = 1 << 20;

    /// <summary>Bytes of data in the file that is copied.</summary>
    public long Total { get; } = SparseFile.Parts(from, RandomAccess.GetLength(from)).Sum(part => part.Length);

    /// <summary>Bytes that were copied.</summary>
    public long Done { get; private set; }

    /// <param name="told">called behind each piece; what it throws ends the copying.</param>
    /// <param name="cancellationToken">gives up.</param>
    public async Task RunAsync(Func<ValueTask> told, CancellationToken cancellationToken)
    {
        var (began, length) = (time.GetTimestamp(), RandomAccess.GetLength(from));
        RandomAccess.SetLength(to, 0);
        RandomAccess.SetLength(to, length);
        var buffer = ArrayPool<byte>.Shared.Rent(Chunk);
        try
        {
            foreach (var (offset, size) in SparseFile.Parts(from, length))
            {
                for (var at = offset; at < offset + size;)
                {
                    var read = await RandomAccess.ReadAsync(from, buffer.AsMemory(0, (int)Math.Min(Chunk, offset + size - at)), at, cancellationToken);
                    if (read == 0) break;
                    await RandomAccess.WriteAsync(to, buffer.AsMemory(0, read), at, cancellationToken);
                    at += read;
                    Done += read;
                    await told();
                    if (bandwidth is { } most && TimeSpan.FromSeconds((double)Done / most) - time.GetElapsedTime(began) is { } early && early > TimeSpan.FromMilliseconds(10)) await Task.Delay(early, time, cancellationToken);
                }
            }
            RandomAccess.FlushToDisk(to);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
