using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Rempart.Protocols.Etcd;

namespace Rempart.Store.Etcd;

/// <summary>Mark, head and compacted as of one moment, and how etcd's revisions become the store's.</summary>
internal sealed class EtcdMeta
{
    private readonly ulong _cluster;

    private EtcdMeta(EtcdMark mark, long markRevision, ulong cluster) => (Mark, MarkRevision, _cluster) = (mark, markRevision, cluster);

    public EtcdMark Mark { get; }

    /// <summary>Etcd's revision of the mark: as long as it is that, this is the store that was opened.</summary>
    public long MarkRevision { get; }

    /// <summary>Of the mark and the cluster: a snapshot restored by etcd's own tools goes back to earlier revisions, in a cluster of another id.</summary>
    public string Incarnation => Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{Mark.Incarnation} {_cluster:x}"))))[..32];

    /// <summary>The store's newest revision.</summary>
    public long Revision { get; private init; }

    /// <summary>The oldest revision that can be read.</summary>
    public long Compacted { get; private init; }

    /// <summary>Etcd's revision that last wrote <see cref="Compacted"/>; 0 if nothing did.</summary>
    public long CompactedRevision { get; private init; }

    /// <summary>Why nobody may use the store; null if they may.</summary>
    public string? Closed { get; private init; }

    /// <summary>Etcd's revision that wrote <see cref="Closed"/>; 0 if it is open.</summary>
    public long ClosedRevision { get; private init; }

    /// <summary>Etcd's revision of the head; 0 while nothing was committed.</summary>
    public long HeadRevision { get; private init; }

    /// <summary>Reads an answer to <see cref="EtcdLayout.Meta"/>; null if no store is there.</summary>
    public static EtcdMeta? Read(EtcdLayout layout, EtcdRangeResult result)
    {
        EtcdKeyValue? Find(string key) => result.Entries.FirstOrDefault(entry => entry.Key == key);
        if (Find(layout.Mark) is not { } mark) return null;
        var meta = new EtcdMeta(EtcdMark.Parse(mark), mark.ModRevision, result.Header.ClusterId);
        var compacted = Find(layout.Compacted);
        return new EtcdMeta(meta.Mark, meta.MarkRevision, result.Header.ClusterId)
        {
            Revision = Find(layout.Head) is { } head ? meta.ToStore(head.ModRevision) : meta.Mark.Base,
            Compacted = compacted is null ? meta.Mark.Base : long.Parse(Encoding.ASCII.GetString(compacted.Value.Span), NumberStyles.None, CultureInfo.InvariantCulture),
            HeadRevision = Find(layout.Head)?.ModRevision ?? 0,
            CompactedRevision = compacted?.ModRevision ?? 0,
            Closed = Find(layout.Closed) is { } closed ? Encoding.UTF8.GetString(closed.Value.Span) : null,
            ClosedRevision = Find(layout.Closed)?.ModRevision ?? 0,
        };
    }

    /// <summary>Whether this is the same store as an earlier reading's.</summary>
    public bool IsSame(EtcdMeta other) => MarkRevision == other.MarkRevision && _cluster == other._cluster && Mark == other.Mark;

    public StoreStamp Stamp => new(Incarnation, Revision, Compacted);

    public long ToStore(long etcdRevision) => etcdRevision - MarkRevision + Mark.Base;

    /// <summary>Below 1 for what was before the mark.</summary>
    public long ToEtcd(long revision) => revision - Mark.Base + MarkRevision;

    /// <summary>What etcd is to compare for a write's expectation: no value was ever written by revision -1.</summary>
    public long Expectation(long revision) => revision == 0 ? 0 : ToEtcd(revision) is > 0 and var etcd ? etcd : -1;

    public void CheckReadable(long revision)
    {
        if (revision < Compacted) throw new StoreCompactedException(revision, Compacted);
        if (revision > Revision) throw new StoreFutureRevisionException(revision, Revision);
    }
}
