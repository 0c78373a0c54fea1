using System.Collections.Concurrent;
using Rempart.Node.Machines;
using Rempart.Protocols.Qmp;

namespace Rempart.Node.Metrics;

/// <summary>
/// What guests do with their disks, asked of their QEMU before an answer is written: at most every few seconds, eight at once, and a QEMU that
/// does not answer in time is left out of this answer. Sessions are never opened for it.
/// </summary>
internal sealed class MachineDisks(MachineDriver machines, TimeProvider time) : IDisposable
{
    private const int AtOnce = 8;
    private static readonly TimeSpan Fresh = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(2);
    private readonly SemaphoreSlim _one = new(1, 1);
    private volatile ConcurrentDictionary<string, IReadOnlyList<DiskCounters>> _known = new(StringComparer.Ordinal);
    private DateTimeOffset _asked;

    /// <summary>By machine; empty for one that was not asked.</summary>
    public IReadOnlyList<DiskCounters> Of(string uid) => _known.TryGetValue(uid, out var disks) ? disks : [];

    public void Dispose() => _one.Dispose();

    /// <summary>Asks them all anew.</summary>
    public async Task RefreshAsync(CancellationToken cancellationToken)
    {
        await _one.WaitAsync(cancellationToken);
        try
        {
            if (time.GetUtcNow() - _asked < Fresh) return;
            using var limit = new CancellationTokenSource(Limit, time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
            var found = new ConcurrentDictionary<string, IReadOnlyList<DiskCounters>>(StringComparer.Ordinal);
            try
            {
                await Parallel.ForEachAsync(machines.Connected, new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = either.Token }, async (machine, token) =>
                {
                    try
                    {
                        found[machine.Uid] = await machine.Session.DiskCountersAsync(token);
                    }
                    catch (Exception ended) when (ended is QmpException or QmpDisconnectedException)
                    {
                        // It ends this moment; its numbers end with it.
                    }
                });
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
            }
            (_known, _asked) = (found, time.GetUtcNow());
        }
        finally
        {
            _one.Release();
        }
    }
}
