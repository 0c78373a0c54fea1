using System.Text.Json.Nodes;
using Rempart.ApiServer.Validation;

namespace Rempart.ApiServer.Apply;

/// <summary>
/// Puts a configuration over a document (structured-merge-diff <c>typed.Merge</c>): nothing is removed; of a value that both have
/// the configuration's is kept; items of lists stand in the order of the configuration, those that it doesn't name where they were.
/// </summary>
internal static class DocumentMerge
{
    /// <summary>The merged document; neither of the two is changed.</summary>
    public static JsonObject Of(JsonObject live, JsonObject configuration, Schema schema) => (JsonObject)Value(live, configuration, schema)!;

    private static JsonNode? Value(JsonNode? live, JsonNode? configuration, Schema schema)
    {
        if (configuration is null) return live?.DeepClone();
        if (live is null || !DocumentFields.IsGranular(schema, configuration) || !DocumentFields.IsGranular(schema, live)) return configuration.DeepClone();
        return (live, configuration) switch
        {
            (JsonObject old, JsonObject now) => Members(old, now, schema),
            (JsonArray old, JsonArray now) => Items(old, now, schema),
            _ => configuration.DeepClone(),
        };
    }

    private static JsonObject Members(JsonObject live, JsonObject configuration, Schema schema)
    {
        var merged = new JsonObject();
        foreach (var (name, old) in live) merged.Add(name, Value(old, configuration[name], DocumentFields.Member(schema, name) ?? schema));
        foreach (var (name, now) in configuration)
        {
            if (now is not null && !live.ContainsKey(name)) merged.Add(name, now.DeepClone());
        }

        return merged;
    }

    private static JsonArray Items(JsonArray live, JsonArray configuration, Schema schema)
    {
        var (olds, nows) = (ListItems.ByElement(live, schema), ListItems.ByElement(configuration, schema));
        PathElement[] left = [.. live.Select(item => ListItems.Element(item, schema))];
        PathElement[] right = [.. configuration.Select(item => ListItems.Element(item, schema))];
        var shared = new Queue<PathElement>(right.Where(olds.ContainsKey));
        var done = new HashSet<PathElement>();
        var merged = new JsonArray();

        // What is there more than once is not merged with the configuration's item but replaced by it.
        void Take(PathElement element)
        {
            done.Add(element);
            var old = olds.TryGetValue(element, out var same) && same.Count == 1 ? same[0] : null;
            merged.Add(Value(old, nows[element][0], schema.Items!));
            if (shared.TryPeek(out var next) && next.Equals(element)) shared.Dequeue();
        }

        var (l, r) = (0, 0);
        while (l < left.Length || r < right.Length)
        {
            if (l < left.Length && r < right.Length && left[l].Equals(right[r]))
            {
                Take(right[r]);
                (l, r) = (l + 1, r + 1);
            }
            else if (l < left.Length && r < right.Length && nows.ContainsKey(left[l]) && shared.TryPeek(out var next) && !next.Equals(left[l]))
            {
                // The configuration names it, but not at this place.
                l++;
            }
            else if (l < left.Length && !nows.ContainsKey(left[l]))
            {
                merged.Add(live[l++]?.DeepClone());
            }
            else
            {
                if (l < left.Length && done.Contains(left[l])) l++;
                if (r < right.Length) Take(right[r++]);
            }
        }

        return merged;
    }
}
