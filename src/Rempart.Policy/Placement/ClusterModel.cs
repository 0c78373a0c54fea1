using System.Collections.Immutable;
using Rempart.Api.Coordination;
using Rempart.Api.Core;
using Rempart.Api.Infra;
using Rempart.Api.Networking;
using Rempart.Api.Storage;

namespace Rempart.Policy.Placement;

/// <summary>
/// A cluster that is kept up to date object by object, in any order, and of which a snapshot can be taken at any time for next to nothing:
/// what has changed since the last one is copied, the rest is shared. Not safe for several threads at once; its snapshots are.
/// </summary>
public sealed partial class ClusterModel
{
    private readonly NameTable _names = new();
    private readonly NameTable _places = new();
    private readonly List<HostRecord> _hosts = [];
    private readonly Dictionary<string, Node> _nodes = new(StringComparer.Ordinal);
    private readonly Dictionary<string, HostOvercommit?> _clusters = new(StringComparer.Ordinal);
    private readonly LeaseSightings _leases = new();
    private readonly List<HostPage> _pages = [];
    private readonly List<bool> _shared = [];
    private readonly List<(long Memory, long Cpu)> _taken = [];
    private ImmutableDictionary<string, HostSet> _images = ImmutableDictionary.Create<string, HostSet>(StringComparer.Ordinal);
    private readonly ProfilePlaces _pools = ProfilePlaces.OfPools();
    private readonly ProfilePlaces _providers = ProfilePlaces.OfProviders();
    private ImmutableDictionary<(string Namespace, string Name), string?> _networks = ImmutableDictionary<(string, string), string?>.Empty;
    private HostTraits? _traits;
    private HostTraits? _before;
    private SpreadLevels? _levels;
    private bool _labelsChanged = true;

    /// <summary>An empty cluster.</summary>
    public ClusterModel() => _places.Add(Topology.Place(null));

    /// <summary>Rises with each change that may have made room or lifted a reason: who fitted nowhere is looked at again when it has risen.</summary>
    public long Openings { get; private set; }

    /// <summary>How many machines take room.</summary>
    public int Placed => _machines.Count;

    /// <summary>The cluster as it is.</summary>
    /// <param name="now">Hosts whose lease has lapsed by then are not ready.</param>
    public ClusterSnapshot Snapshot(DateTimeOffset now)
    {
        if (_traits is not null && now >= _traits.NextLapse) _traits = null;
        if (_traits is null || _labelsChanged)
        {
            _before = new HostTraits([.. _hosts], _before, !_labelsChanged, now);
            _traits = _before;
        }

        if (_labelsChanged || _levels is null)
        {
            Recount();
            _levels = new SpreadLevels(_places, _hosts.Where(host => host.IsPresent).Select(host => host.Location).ToHashSet());
        }

        _labelsChanged = false;
        for (var i = 0; i < _shared.Count; i++) _shared[i] = true;
        return new ClusterSnapshot(_names, [.. _pages], _traits, _levels) { Images = _images, Pools = _pools.Hosts(_names), Providers = _providers.Hosts(_names), Networks = _networks, Rules = _rules, Groups = _groups };
    }

    /// <summary>A node is there, or has changed.</summary>
    public void Put(Node node)
    {
        ArgumentNullException.ThrowIfNull(node);
        _nodes[node.Metadata.Name!] = node;
        var host = HostOf(node.Metadata.Name!);
        var (before, after) = (_hosts[host], Read(node, _hosts[host]));
        if (before.IsPresent && MachineRecord.SameLabels(before.Labels, after.Labels) && before.Taints.SequenceEqual(after.Taints) && before with { Labels = null, Taints = [] } == after with { Labels = null, Taints = [] }) return;
        _hosts[host] = after;
        _traits = null;
        if (!MachineRecord.SameLabels(before.Labels, after.Labels) || before.IsPresent != after.IsPresent) _labelsChanged = true;
        Fit(host);
        Openings++;
    }

    /// <summary>A node is gone. What machines are on it still is kept, for it may come back.</summary>
    public void RemoveNode(string name)
    {
        _nodes.Remove(name);
        _leases.Forget(name);
        if (_names.Find(name) is not (>= 0 and var host)) return;
        _hosts[host] = new HostRecord { Index = host, Name = name, LapsesAt = _hosts[host].LapsesAt };
        (_traits, _labelsChanged) = (null, true);
        Fit(host);
        Openings++;
    }

    /// <summary>A host may have given a sign of life; leases of anything else are nothing to the model.</summary>
    /// <param name="lease">Its lease.</param>
    /// <param name="now">The time: a host that comes back to life may take machines again.</param>
    public void Put(Lease lease, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(lease);
        if (lease.Metadata.Namespace != HostLease.Namespace) return;
        var host = HostOf(lease.Metadata.Name!);
        var lapses = _leases.LapsesAt(lease, now);
        var before = _hosts[host].LapsesAt;
        _hosts[host] = _hosts[host] with { LapsesAt = lapses };
        if (before > now && lapses > now && _traits is { } traits && traits.NextLapse > now) return;
        _traits = null;
        if (before <= now) Openings++;
    }

    /// <summary>Hosts with the label <see cref="HostCluster.Label"/> give out more or less.</summary>
    public void Put(HostCluster cluster)
    {
        ArgumentNullException.ThrowIfNull(cluster);
        SetCluster(cluster.Metadata.Name!, cluster.Spec.Overcommit);
    }

    /// <summary>A host cluster is gone: its hosts give out what is usual.</summary>
    public void RemoveCluster(string name) => SetCluster(name, null);

    /// <summary>A host is told of its pools and physical networks, or has them.</summary>
    public void Put(Host host)
    {
        ArgumentNullException.ThrowIfNull(host);
        if (_pools.Put(host) | _providers.Put(host)) Openings++;
    }

    /// <summary>What a host is made of is forgotten.</summary>
    public void RemoveHost(string name)
    {
        if (_pools.Remove(name) | _providers.Remove(name)) Openings++;
    }

    /// <summary>A network is there: machines may wait for it, and some need hosts that are at its physical one.</summary>
    public void Put(Network network)
    {
        ArgumentNullException.ThrowIfNull(network);
        var (key, provider) = ((network.Metadata.Namespace!, network.Metadata.Name!), network.Spec.Provider?.Network);
        if (_networks.TryGetValue(key, out var before) && before == provider) return;
        _networks = _networks.SetItem(key, provider);
        Openings++;
    }

    /// <summary>A network is gone.</summary>
    public void RemoveNetwork(string ns, string name) => _networks = _networks.Remove((ns, name));

    /// <summary>An image is there, or on other hosts than before.</summary>
    public void Put(Image image)
    {
        ArgumentNullException.ThrowIfNull(image);
        var set = new HostSet(_hosts.Count);
        if (image.Status is { Phase: "Ready", Nodes: { } nodes })
        {
            foreach (var node in nodes) set.Add(HostOf(node));
        }

        if (_images.TryGetValue(image.Metadata.Name!, out var before) && before.Hosts().SequenceEqual(set.Hosts())) return;
        _images = _images.SetItem(image.Metadata.Name!, set);
        Openings++;
    }

    /// <summary>An image is gone.</summary>
    public void RemoveImage(string name) => _images = _images.Remove(name);

    private void SetCluster(string name, HostOvercommit? overcommit)
    {
        if (_clusters.GetValueOrDefault(name) == overcommit) return;
        if (overcommit is null) _clusters.Remove(name);
        else _clusters[name] = overcommit;
        foreach (var node in _nodes.Values.Where(node => node.Metadata.Labels?.GetValueOrDefault(HostCluster.Label) == name).ToList()) Put(node);
    }

    private int HostOf(string name)
    {
        var host = _names.Add(name);
        if (host < _hosts.Count) return host;
        _hosts.Add(new HostRecord { Index = host, Name = name });
        _taken.Add((0, 0));
        if (host % HostPage.Size == 0)
        {
            _pages.Add(new HostPage());
            _shared.Add(false);
        }

        _traits = null;
        Fit(host);
        return host;
    }

    private HostRecord Read(Node node, HostRecord known)
    {
        var overcommit = node.Metadata.Labels?.TryGetValue(HostCluster.Label, out var cluster) == true ? _clusters.GetValueOrDefault(cluster) : null;
        var allocatable = node.Status?.Allocatable;
        var bytes = (decimal)(allocatable?.GetValueOrDefault("memory").Units ?? 0);
        var usual = HostLease.LapsesAt(node);
        return new HostRecord
        {
            Index = known.Index,
            Name = known.Name,
            IsPresent = true,
            IsLeaving = node.Metadata.DeletionTimestamp is not null,
            IsCordoned = node.Spec?.Unschedulable == true,
            IsReady = node.Status?.Conditions?.FirstOrDefault(condition => condition.Type == "Ready") is { Status: "True" },
            LapsesAt = known.LapsesAt > usual ? known.LapsesAt : usual,
            Taints = [.. (node.Spec?.Taints ?? []).Where(taint => taint.Effect is "NoSchedule" or "NoExecute").Select(taint => taint.Key).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)],
            IsDisliked = node.Spec?.Taints?.Any(taint => taint.Effect == "PreferNoSchedule") == true,
            Labels = node.Metadata.Labels,
            Location = _places.Add(Topology.Place(node.Metadata.Labels)),
            Cpu = (long)((allocatable?.GetValueOrDefault("cpu").Value ?? 0) * 1000 * CpuOvercommit.Of(node, overcommit)),
            Memory = (long)(bytes * (overcommit?.MemoryPercent ?? 100) / 100),
        };
    }

    private void Fit(int host)
    {
        var (record, taken) = (_hosts[host], _taken[host]);
        var page = Own(host / HostPage.Size);
        page[host % HostPage.Size] = new HostRoom(record.Memory - taken.Memory, record.Cpu - taken.Cpu, record.Memory > 0 ? 1f / record.Memory : 0, record.Cpu > 0 ? 1f / record.Cpu : 0, StableHash.Of(record.Name));
    }

    // A page that a snapshot has is copied before it is written.
    private HostPage Own(int page)
    {
        if (!_shared[page]) return _pages[page];
        _shared[page] = false;
        return _pages[page] = _pages[page].Copy();
    }
}
