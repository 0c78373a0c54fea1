using System.Collections.Frozen;
using Rempart.Api.Meta;
using Rempart.Runtime.Conditions;

namespace Rempart.Controllers.Networking;

/// <summary>Which objects, at which generation, the northbound database carries now: what the fabric's controller has done, told to those of the kinds.</summary>
internal sealed class FabricProgress
{
    private readonly Lock _gate = new();
    private FrozenDictionary<string, long> _generations = FrozenDictionary<string, long>.Empty;
    private IReadOnlyDictionary<string, PortPlacement> _places = FrozenDictionary<string, PortPlacement>.Empty;
    private string? _problem = "the network controller has not compared the northbound database yet";
    private Action? _changed;

    internal void Subscribe(Action changed)
    {
        lock (_gate) _changed += changed;
    }

    /// <summary>The database now carries exactly these, and has ports of machines at these places.</summary>
    internal void Done(IReadOnlyDictionary<string, long> generations, IReadOnlyDictionary<string, PortPlacement> places)
    {
        Action? changed = null;
        lock (_gate)
        {
            if (_problem is not null || _generations.Count != generations.Count || generations.Any(g => _generations.GetValueOrDefault(g.Key, -1) != g.Value)) changed = _changed;
            (_generations, _places, _problem) = (generations.ToFrozenDictionary(StringComparer.Ordinal), places, null);
        }
        changed?.Invoke();
    }

    /// <summary>The database can't be brought up to date. What it carried it carries still: OVN works on without it.</summary>
    internal void Failed(string problem)
    {
        Action? changed = null;
        lock (_gate)
        {
            if (_problem is null) changed = _changed;
            _problem = problem;
        }
        changed?.Invoke();
    }

    /// <summary>The host that the database has the machine's ports on.</summary>
    internal string? HostOf(string machine)
    {
        lock (_gate) return _places.GetValueOrDefault(machine)?.Source;
    }

    /// <summary>The host that the database has the machine's ports ready on for a move.</summary>
    internal string? TargetOf(string machine)
    {
        lock (_gate) return _places.GetValueOrDefault(machine)?.Target;
    }

    internal bool Carries(string uid)
    {
        lock (_gate) return _generations.ContainsKey(uid);
    }

    /// <summary>The conditions with `Ready` as it is for an object.</summary>
    internal IReadOnlyList<Condition> Ready(IReadOnlyList<Condition>? conditions, ApiObject about, TimeProvider time)
    {
        bool ready;
        string? problem;
        lock (_gate)
        {
            ready = _generations.TryGetValue(about.Metadata.Uid!, out var generation) && generation >= (about.Metadata.Generation ?? 0);
            problem = _problem;
        }
        return ready
            ? conditions.With("Ready", true, "InNetwork", "the network carries this object as it is specified", about.Metadata.Generation, time.GetUtcNow())
            : conditions.With("Ready", false, problem is null ? "Pending" : "NorthboundUnavailable", problem ?? "not in the network yet", about.Metadata.Generation, time.GetUtcNow());
    }
}
