using System.Collections.Immutable;
using Rempart.Api.Infra;

namespace Rempart.Policy.Placement;

/// <summary>
/// On which hosts a pool is that a host profile gives a folder. As soon as one host is told of a pool, the others lack it: whoever names a fast disk of some hosts does not
/// mean a folder beside the agent of the rest.
/// </summary>
internal sealed class PoolPlaces
{
    private readonly Dictionary<string, IReadOnlyList<(string Pool, bool Ready)>> _byHost = new(StringComparer.Ordinal);
    private ImmutableDictionary<string, HostSet>? _hosts;

    /// <summary>Whether it changed anything.</summary>
    public bool Put(Host host)
    {
        var ready = (host.Status?.Pools ?? []).Where(pool => pool.Ready == true).Select(pool => pool.Name).ToHashSet(StringComparer.Ordinal);
        return Set(host.Metadata.Name!, [.. (host.Spec?.Pools ?? []).Select(pool => (pool.Name, ready.Contains(pool.Name)))]);
    }

    public bool Remove(string host) => Set(host, []);

    /// <summary>Hosts that have each pool.</summary>
    /// <param name="names">Numbers of hosts; one that has none is not in the cluster yet.</param>
    public ImmutableDictionary<string, HostSet> Hosts(NameTable names)
    {
        if (_hosts is not null) return _hosts;
        var sets = new Dictionary<string, HostSet>(StringComparer.Ordinal);
        var whole = true;
        foreach (var (host, pools) in _byHost)
        {
            var number = names.Find(host);
            if (number < 0) whole = false;
            foreach (var (pool, ready) in pools)
            {
                if (!sets.TryGetValue(pool, out var set)) sets[pool] = set = new HostSet();
                if (ready && number >= 0) set.Add(number);
            }
        }

        var hosts = sets.ToImmutableDictionary(StringComparer.Ordinal);
        if (whole) _hosts = hosts;
        return hosts;
    }

    private bool Set(string host, IReadOnlyList<(string Pool, bool Ready)> pools)
    {
        if (_byHost.TryGetValue(host, out var before) ? before.SequenceEqual(pools) : pools.Count == 0) return false;
        if (pools.Count == 0) _byHost.Remove(host);
        else _byHost[host] = pools;
        _hosts = null;
        return true;
    }
}
