using Rempart.Store;

namespace Rempart.Server.Run;

/// <summary>Forgets revisions that are older than watchers may still ask for, so that the database keeps its size.</summary>
/// <param name="store">The store.</param>
/// <param name="time">The clock.</param>
internal sealed class StoreCompaction(IStore store, TimeProvider time)
{
    /// <summary>As long as kube-apiserver's: a watcher that is away for less goes on where it was.</summary>
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(5);

    /// <summary>Runs until cancelled.</summary>
    /// <param name="cancellationToken">Stops it.</param>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var before = (await store.CurrentAsync(cancellationToken)).Revision;
        while (true)
        {
            await Task.Delay(Interval, time, cancellationToken);
            var now = (await store.CurrentAsync(cancellationToken)).Revision;
            if (before > 0) await store.CompactAsync(before, cancellationToken);
            before = now;
        }
    }
}
