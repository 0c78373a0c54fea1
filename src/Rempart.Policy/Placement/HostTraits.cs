using System.Runtime.CompilerServices;
using Rempart.Api.Meta;

namespace Rempart.Policy.Placement;

/// <summary>What changes seldom about all hosts, turned so that a filter is a few words of bits: which hosts have a label, a taint, a gate closed.</summary>
internal sealed class HostTraits
{
    private readonly Dictionary<(string Key, string Value), HostSet> _labels;
    private readonly IReadOnlyList<HostRecord> _hosts;

    // By the object itself: rules are replaced and not changed, and what nobody has any more is forgotten.
    private readonly ConditionalWeakTable<LabelSelector, HostSet> _meeting;

    public HostTraits(IReadOnlyList<HostRecord> hosts, HostTraits? before, bool sameLabels, DateTimeOffset now)
    {
        _hosts = hosts;
        Present = new HostSet(hosts.Count);
        var (leaving, idle, cordoned) = (new HostSet(hosts.Count), new HostSet(hosts.Count), new HostSet(hosts.Count));
        var taints = new SortedDictionary<string, HostSet>(StringComparer.Ordinal);
        Disliked = new HostSet(hosts.Count);
        NextLapse = DateTimeOffset.MaxValue;
        foreach (var host in hosts)
        {
            if (!host.IsPresent) continue;
            Present.Add(host.Index);
            if (host.IsLeaving) leaving.Add(host.Index);
            if (!host.IsReady || host.LapsesAt <= now) idle.Add(host.Index);
            else if (host.LapsesAt < NextLapse) NextLapse = host.LapsesAt;
            if (host.IsCordoned) cordoned.Add(host.Index);
            if (host.IsDisliked) Disliked.Add(host.Index);
            foreach (var taint in host.Taints) (taints.TryGetValue(taint, out var set) ? set : taints[taint] = new HostSet(hosts.Count)).Add(host.Index);
        }

        Gates =
        [
            new(PlacementFilter.Leaving, null, leaving, false), new(PlacementFilter.Readiness, null, idle, false), new(PlacementFilter.Cordon, null, cordoned, false),
            .. taints.Select(taint => new FilterStep(PlacementFilter.Taint, taint.Key, taint.Value, false)),
        ];
        var open = new ulong[HostSet.WordsFor(hosts.Count)];
        Present.CopyTo(open);
        foreach (var gate in Gates) gate.Apply(open);
        Open = open;
        _labels = sameLabels && before is not null ? before._labels : Index(hosts);
        _meeting = sameLabels && before is not null ? before._meeting : [];
        Count = Present.Count;
        Locations = [.. hosts.Select(host => host.Location)];
    }

    /// <summary>Hosts that are in the cluster.</summary>
    public HostSet Present { get; }

    /// <summary>Reasons that hold for every machine.</summary>
    public IReadOnlyList<FilterStep> Gates { get; }

    /// <summary>Hosts that pass all gates.</summary>
    public ReadOnlyMemory<ulong> Open { get; }

    /// <summary>Hosts with a taint <c>PreferNoSchedule</c>.</summary>
    public HostSet Disliked { get; }

    /// <summary>Place of each host in region, zone, room and rack, by number.</summary>
    public int[] Locations { get; }

    /// <summary>From when on another host counts as not ready.</summary>
    public DateTimeOffset NextLapse { get; }

    /// <summary>Hosts with a label of this value.</summary>
    public HostSet With(string key, string value) => _labels.GetValueOrDefault((key, value), HostSet.None);

    /// <summary>How many hosts are in the cluster.</summary>
    public int Count { get; }

    /// <summary>Hosts whose labels meet a selector of a rule, looked up once for each rule.</summary>
    public HostSet Meeting(LabelSelector selector) => _meeting.GetValue(selector, Find);

    /// <summary>Labels of a host.</summary>
    public IReadOnlyDictionary<string, string>? LabelsOf(int host) => _hosts[host].Labels;

    private HostSet Find(LabelSelector selector)
    {
        var set = new HostSet(_hosts.Count);
        foreach (var host in _hosts)
        {
            if (host.IsPresent && LabelMatch.Matches(selector, host.Labels)) set.Add(host.Index);
        }

        return set;
    }

    private static Dictionary<(string, string), HostSet> Index(IReadOnlyList<HostRecord> hosts)
    {
        var index = new Dictionary<(string, string), HostSet>();
        foreach (var host in hosts)
        {
            if (!host.IsPresent || host.Labels is null) continue;
            foreach (var (key, value) in host.Labels) (index.TryGetValue((key, value), out var set) ? set : index[(key, value)] = new HostSet()).Add(host.Index);
        }

        return index;
    }
}
