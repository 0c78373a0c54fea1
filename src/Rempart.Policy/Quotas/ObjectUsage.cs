using System.Collections.Concurrent;
using System.Collections.Frozen;
using Rempart.Api;
using Rempart.Api.Compute;
using Rempart.Api.Meta;
using Rempart.Api.Networking;
using Rempart.Api.Storage;

namespace Rempart.Policy.Quotas;

/// <summary>
/// What one object takes of the quotas of its project, read from the object alone, so that whoever counts again comes to the same.
/// It takes it from its creation until the store has no more of it: a machine that is stopped keeps its place, and can be started.
/// </summary>
public static class ObjectUsage
{
    private static readonly string[] OfMachines = ["cpu", "requests.cpu", "limits.cpu", "memory", "requests.memory", "limits.memory"];

    private static readonly ConcurrentDictionary<KindInfo, FrozenDictionary<string, decimal>> OfKinds = new(ReferenceEqualityComparer.Instance);

    private static readonly Lazy<FrozenSet<string>> Known = new(() => ApiKinds.All.Where(Counted).SelectMany(kind => OfKinds.GetOrAdd(kind, Read).Keys).Append(QuotaNames.Storage).Concat(OfMachines).ToFrozenSet(StringComparer.Ordinal));

    /// <summary>Nothing.</summary>
    public static IReadOnlyDictionary<string, decimal> Nothing { get; } = FrozenDictionary<string, decimal>.Empty;

    /// <summary>Whether objects of a kind are counted: those of projects, but for events, as in Kubernetes, and moves: a host must be emptied however full its projects are.</summary>
    public static bool Counted(KindInfo kind) => kind.Namespaced && !kind.Virtual && kind.Plural != "events" && kind != KindInfo.Of<MachineMigration>();

    /// <summary>Whether what an object takes depends on more than that it is there.</summary>
    public static bool Varies(KindInfo kind) => kind == KindInfo.Of<VirtualMachine>() || kind == KindInfo.Of<Volume>();

    /// <summary>What an object takes.</summary>
    /// <param name="kind">Its kind.</param>
    /// <param name="value">The object; needed only of kinds that vary.</param>
    public static IReadOnlyDictionary<string, decimal> Of(KindInfo kind, ApiObject? value)
    {
        if (!Counted(kind)) return Nothing;
        var count = OfKinds.GetOrAdd(kind, Read);
        return value switch
        {
            VirtualMachine { Status.Resources: { } size } => With(count,
                ("cpu", size.Cpus), ("requests.cpu", size.Cpus), ("limits.cpu", size.Cpus),
                ("memory", size.Memory.Value), ("requests.memory", size.Memory.Value), ("limits.memory", size.Memory.Value)),
            Volume volume when Size(volume) is { } size => With(count, (QuotaNames.Storage, size.Value)),
            _ => count,
        };
    }

    /// <summary>Whether a kind can take of a resource at all.</summary>
    public static bool Takes(KindInfo kind, string resource) => Counted(kind) && (
        OfKinds.GetOrAdd(kind, Read).ContainsKey(resource)
        || (kind == KindInfo.Of<Volume>() && resource == QuotaNames.Storage)
        || (kind == KindInfo.Of<VirtualMachine>() && OfMachines.Contains(resource)));

    /// <summary>Whether any kind that this version has can take of a resource.</summary>
    public static bool Counts(string resource) => Known.Value.Contains(resource);

    /// <summary>What an object must say of itself where a quota limits it.</summary>
    /// <param name="value">The object; null when its kind does not vary.</param>
    /// <param name="resource">A resource that a quota limits.</param>
    public static bool LeavesOpen(ApiObject? value, string resource) => value is Volume volume && resource == QuotaNames.Storage && Size(volume) is null;

    /// <summary>What is taken more, or given back (below 0).</summary>
    public static IReadOnlyDictionary<string, decimal> Difference(IReadOnlyDictionary<string, decimal> before, IReadOnlyDictionary<string, decimal> after)
    {
        if (ReferenceEquals(before, after)) return Nothing;
        if (before.Count == 0) return after;
        var difference = new Dictionary<string, decimal>(StringComparer.Ordinal);
        foreach (var name in before.Keys.Union(after.Keys, StringComparer.Ordinal))
        {
            if (after.GetValueOrDefault(name) - before.GetValueOrDefault(name) is not 0 and var change) difference[name] = change;
        }

        return difference;
    }

    private static Quantity? Size(Volume volume) => volume.Spec.Size ?? volume.Status?.Size;

    private static FrozenDictionary<string, decimal> Read(KindInfo kind)
    {
        var counts = new Dictionary<string, decimal>(StringComparer.Ordinal) { [QuotaNames.CountOf(kind)] = 1 };
        if (QuotaNames.OldCountOf(kind) is { } old) counts[old] = 1;
        if (kind == KindInfo.Of<NetworkInterface>()) counts[QuotaNames.Addresses] = 1;
        return counts.ToFrozenDictionary(StringComparer.Ordinal);
    }

    private static Dictionary<string, decimal> With(FrozenDictionary<string, decimal> count, params ReadOnlySpan<(string Name, decimal Amount)> more)
    {
        var all = new Dictionary<string, decimal>(count, StringComparer.Ordinal);
        foreach (var (name, amount) in more) all[name] = amount;
        return all;
    }
}
