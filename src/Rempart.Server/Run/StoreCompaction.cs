using Microsoft.Extensions.Logging;
using Rempart.Store;
using Rempart.Store.Etcd;

namespace Rempart.Server.Run;

/// <summary>Forgets revisions that are older than watchers may still ask for, so that the database keeps its size.</summary>
/// <param name="store">The store.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">Told when it can't.</param>
internal sealed partial class StoreCompaction(IStore store, TimeProvider time, ILogger logger)
{
    /// <summary>As long as kube-apiserver's: a watcher that is away for less goes on where it was.</summary>
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(5);

    /// <summary>Runs until cancelled. A full disk is waited for: its reads must go on, and room is made from outside. So is an etcd that is away.</summary>
    /// <param name="cancellationToken">Stops it.</param>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var before = (await store.CurrentAsync(cancellationToken)).Revision;
        while (true)
        {
            await Task.Delay(Interval, time, cancellationToken);
            try
            {
                var now = (await store.CurrentAsync(cancellationToken)).Revision;
                if (before > 0) await store.CompactAsync(before, cancellationToken);
                before = now;
            }
            catch (StoreUnavailableException later) when (later.IsDiskFull || store is EtcdStore)
            {
                LogLater(later.Message);
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "old revisions can't be forgotten now, trying again: {Reason}")]
    private partial void LogLater(string reason);
}
