using System.Buffers;
using Rempart.Protocols.Etcd;

namespace Rempart.Store.Etcd;

/// <summary>
/// Where things are in etcd. Data are under <c>/rempart/INSTANCE/k</c>; beside them the store's mark (which incarnation this is), the
/// head (written by every commit, so that its revision is that of the newest one whatever else happens in that etcd) and how far
/// history was compacted.
/// </summary>
internal sealed class EtcdLayout
{
    private static readonly SearchValues<char> _letters = SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789-");
    private readonly string _data;
    private readonly string _afterData;

    /// <exception cref="ArgumentException">The name is none.</exception>
    public EtcdLayout(string instance)
    {
        if (instance.Length is 0 or > 63 || instance.AsSpan().ContainsAnyExcept(_letters))
        {
            throw new ArgumentException($"`{instance}` can't name an instance in etcd: use 1 to 63 of a-z, 0-9 and `-`", nameof(instance));
        }

        Root = $"/rempart/{instance}/";
        _data = Root + "k";
        _afterData = Root + "l";
        Meta = EtcdRange.Prefix(Root + "m/");
        Mark = Root + "m/store";
        Head = Root + "m/head";
        Compacted = Root + "m/compacted";
        Closed = Root + "m/closed";
        Servers = EtcdRange.Prefix(Root + "s/");
        Data = new EtcdRange(_data, _afterData);
    }

    public string Root { get; }

    /// <summary>The range of mark, head and compacted.</summary>
    public EtcdRange Meta { get; }

    public string Mark { get; }

    public string Head { get; }

    public string Compacted { get; }

    /// <summary>There while the store is being filled, and once it was moved away: why nobody may use it.</summary>
    public string Closed { get; }

    /// <summary>A key for each server that uses the store, with a lease.</summary>
    public EtcdRange Servers { get; }

    /// <summary>All data.</summary>
    public EtcdRange Data { get; }

    public string Key(string key) => _data + key;

    public string Strip(string etcdKey) => etcdKey[_data.Length..];

    public EtcdRange Range(StoreRange range) => new(_data + range.From, range.To is null ? _afterData : _data + range.To);
}
