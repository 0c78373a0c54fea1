using System.Collections.Immutable;
using Rempart.Api.Infra;

namespace Rempart.Policy.Placement;

/// <summary>
/// Which hosts have what host profiles name: folders of pools, or physical networks. As soon as one host is told of a pool, the others lack it: whoever names a fast disk of
/// some hosts does not mean a folder beside the agent of the rest.
/// </summary>
/// <param name="told">What a host is to have, by its profile.</param>
/// <param name="ready">What it says that it has.</param>
internal sealed class ProfilePlaces(Func<Host, IEnumerable<string>> told, Func<Host, IEnumerable<string>> ready)
{
    private readonly Dictionary<string, IReadOnlyList<(string Name, bool Ready)>> _byHost = new(StringComparer.Ordinal);
    private ImmutableDictionary<string, HostSet>? _hosts;

    public static ProfilePlaces OfPools() => new(host => (host.Spec?.Pools ?? []).Select(pool => pool.Name), host => (host.Status?.Pools ?? []).Where(pool => pool.Ready == true).Select(pool => pool.Name));

    public static ProfilePlaces OfProviders() =>
        new(host => (host.Spec?.ProviderNetworks ?? []).Select(network => network.Name), host => (host.Status?.ProviderNetworks ?? []).Where(network => network.Ready == true).Select(network => network.Name));

    /// <summary>Whether it changed anything.</summary>
    public bool Put(Host host)
    {
        var has = ready(host).ToHashSet(StringComparer.Ordinal);
        return Set(host.Metadata.Name!, [.. told(host).Select(name => (name, has.Contains(name)))]);
    }

    public bool Remove(string host) => Set(host, []);

    /// <summary>Hosts that have each; none of what is named and not ready anywhere.</summary>
    /// <param name="names">Numbers of hosts; one that has none is not in the cluster yet.</param>
    public ImmutableDictionary<string, HostSet> Hosts(NameTable names)
    {
        if (_hosts is not null) return _hosts;
        var sets = new Dictionary<string, HostSet>(StringComparer.Ordinal);
        var whole = true;
        foreach (var (host, places) in _byHost)
        {
            var number = names.Find(host);
            if (number < 0) whole = false;
            foreach (var (name, isReady) in places)
            {
                if (!sets.TryGetValue(name, out var set)) sets[name] = set = new HostSet();
                if (isReady && number >= 0) set.Add(number);
            }
        }

        var hosts = sets.ToImmutableDictionary(StringComparer.Ordinal);
        if (whole) _hosts = hosts;
        return hosts;
    }

    private bool Set(string host, IReadOnlyList<(string Name, bool Ready)> places)
    {
        if (_byHost.TryGetValue(host, out var before) ? before.SequenceEqual(places) : places.Count == 0) return false;
        if (places.Count == 0) _byHost.Remove(host);
        else _byHost[host] = places;
        _hosts = null;
        return true;
    }
}
