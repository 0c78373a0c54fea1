namespace Rempart.Policy.Authorization;

/// <summary>Which objects refer to which, readable from both ends.</summary>
internal sealed class RelationTable
{
    private readonly Dictionary<ObjectId, ObjectId[]> forward = [];
    private readonly Dictionary<ObjectId, HashSet<ObjectId>> backward = [];

    /// <summary>Replaces what an object refers to.</summary>
    public void Set(ObjectId from, IReadOnlyList<ObjectId> to)
    {
        if (forward.Remove(from, out var before))
        {
            foreach (var target in before)
            {
                if (!backward.TryGetValue(target, out var sources)) continue;
                sources.Remove(from);
                if (sources.Count == 0) backward.Remove(target);
            }
        }

        if (to.Count == 0) return;
        forward[from] = [.. to];
        foreach (var target in to)
        {
            if (!backward.TryGetValue(target, out var sources)) backward[target] = sources = [];
            sources.Add(from);
        }
    }

    /// <summary>What an object refers to.</summary>
    public IReadOnlyCollection<ObjectId> To(ObjectId from) => forward.TryGetValue(from, out var targets) ? targets : [];

    /// <summary>What refers to an object.</summary>
    public IReadOnlyCollection<ObjectId> From(ObjectId to) => backward.TryGetValue(to, out var sources) ? sources : [];
}
