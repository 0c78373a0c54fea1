using Rempart.Protocols.Etcd;

namespace Rempart.Store.Etcd;

/// <summary>
/// Makes whole revisions of the parts that a watch of etcd tells: a large revision comes in fragments. What is at or below the
/// revision told last is left out: a member that lags may tell it again.
/// </summary>
/// <param name="layout">Where data are.</param>
/// <param name="meta">How revisions translate.</param>
/// <param name="told">The revision after which the watch begins.</param>
internal sealed class EtcdEvents(EtcdLayout layout, EtcdMeta meta, long told)
{
    private List<StoreEvent> _open = [];

    /// <summary>The last revision that was given whole.</summary>
    public long Told { get; private set; } = told;

    /// <summary>Takes a part; returns the changes of the revisions that are whole now, possibly none.</summary>
    /// <exception cref="EtcdException">What a deleted key was is compacted away: who reads has to begin anew.</exception>
    public IReadOnlyList<StoreEvent> Take(EtcdWatchPart part)
    {
        foreach (var change in part.Events)
        {
            var revision = meta.ToStore(change.Current.ModRevision);
            if (revision > Told) _open.Add(Event(change, revision));
        }

        if (_open.Count == 0) return [];
        var last = _open[^1].Revision;
        var whole = part.IsFragment ? _open.FindIndex(change => change.Revision == last) : _open.Count;
        if (whole == 0) return [];
        var complete = _open[..whole];
        _open = _open[whole..];
        Told = complete[^1].Revision;
        return complete;
    }

    private StoreEvent Event(EtcdEvent change, long revision)
    {
        var created = change switch
        {
            { IsDelete: false } => change.Current.CreateRevision,
            { Previous: { } previous } => previous.CreateRevision,
            _ => throw new EtcdException(EtcdFailure.Compacted, "what a deleted key was is compacted", inner: null),
        };
        // Typed, because a bare null would become an array, and that an empty value.
        return new StoreEvent(layout.Strip(change.Current.Key), change.IsDelete ? default(ReadOnlyMemory<byte>?) : change.Current.Value, revision, meta.ToStore(created));
    }
}
