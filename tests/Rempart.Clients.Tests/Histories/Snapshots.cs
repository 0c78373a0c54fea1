namespace Rempart.Clients.Tests.Histories;

/// <summary>Whether lists are what they say: everything as it was at one version, and nothing else.</summary>
internal static class Snapshots
{
    /// <summary>What is wrong, in sentences.</summary>
    /// <param name="history">All that was written and read.</param>
    /// <param name="lists">All lists.</param>
    public static IEnumerable<string> Broken(IReadOnlyCollection<Operation> history, IReadOnlyCollection<ListSeen> lists)
    {
        // Every version that anybody has heard of.
        var known = new Dictionary<string, SortedDictionary<long, int>>(StringComparer.Ordinal);
        foreach (var operation in history.Where(operation => operation is { Outcome: Outcome.Done, Version: > 0 })) Learn(operation.Key, operation.Version, operation.Value);
        foreach (var (key, item) in lists.SelectMany(list => list.Items)) Learn(key, item.Version, item.Value);
        foreach (var list in lists)
        {
            foreach (var (key, item) in list.Items)
            {
                if (item.Version > list.Version) yield return $"a list of version {list.Version} has `{key}` of version {item.Version}";
                if (known[key][item.Version] != item.Value) yield return $"version {item.Version} of `{key}` is {known[key][item.Version]} for one and {item.Value} for another";
                if (known[key].Keys.FirstOrDefault(version => version > item.Version && version <= list.Version) is var newer and > 0)
                {
                    yield return $"a list of version {list.Version} has `{key}` of version {item.Version}, though there was {newer}";
                }
            }
        }

        foreach (var same in lists.GroupBy(list => list.Version).Where(group => group.Count() > 1))
        {
            if (same.Select(list => string.Join(',', list.Items.OrderBy(item => item.Key, StringComparer.Ordinal))).Distinct(StringComparer.Ordinal).Count() > 1)
            {
                yield return $"two lists of version {same.Key} differ";
            }
        }

        void Learn(string key, long version, int value)
        {
            if (!known.TryGetValue(key, out var versions)) known[key] = versions = [];
            versions.TryAdd(version, value);
        }
    }
}
