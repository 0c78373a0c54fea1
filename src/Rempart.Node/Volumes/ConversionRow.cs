namespace Rempart.Node.Volumes;

/// <summary>
/// Conversions of a node: two at a time, for each takes a processor and the disk's bandwidth, and one that hangs until its limit
/// must not hold up all others. Few wait, in the order in which they came; each of them holds a whole upload in the pool.
/// </summary>
internal sealed class ConversionRow : IDisposable
{
    internal const int AtATime = 2;
    internal const int Waiting = 8;
    private readonly SemaphoreSlim turns = new(AtATime, AtATime);
    private int inside;

    /// <exception cref="VolumeException"><see cref="VolumeFault.Busy"/>: too many wait already.</exception>
    internal async Task<long> RunAsync(Func<Task<long>> convert, CancellationToken cancellationToken)
    {
        try
        {
            if (Interlocked.Increment(ref inside) > AtATime + Waiting) throw new VolumeException(VolumeFault.Busy, $"{Waiting} uploads wait for their conversion on this node already; upload again later");
            await turns.WaitAsync(cancellationToken);
            try
            {
                return await convert();
            }
            finally
            {
                turns.Release();
            }
        }
        finally
        {
            Interlocked.Decrement(ref inside);
        }
    }

    public void Dispose() => turns.Dispose();
}
