using System.Text.Json.Nodes;
using Rempart.ApiServer.Validation;

namespace Rempart.ApiServer.Apply;

/// <summary>What differs between two documents, field by field (structured-merge-diff <c>typed.Comparison</c>).</summary>
/// <param name="Added">Only in the second.</param>
/// <param name="Modified">In both, with other values.</param>
/// <param name="Removed">Only in the first.</param>
internal sealed record FieldChanges(FieldSet Added, FieldSet Modified, FieldSet Removed)
{
    private static readonly Schema Anything = new() { Type = SchemaType.Any };

    /// <summary>Nothing differs.</summary>
    public static FieldChanges None { get; } = new(FieldSet.Empty, FieldSet.Empty, FieldSet.Empty);

    public bool IsEmpty => Added.IsEmpty && Modified.IsEmpty && Removed.IsEmpty;

    /// <summary>What the second document sets anew or otherwise.</summary>
    public FieldSet Set => Added.Union(Modified);

    /// <summary>Compares two documents of a kind.</summary>
    public static FieldChanges Between(JsonObject before, JsonObject after, Schema schema)
    {
        var parts = new Parts();
        foreach (var (name, old, now) in Members(before, after))
        {
            var inner = DocumentFields.Member(schema, name) ?? Anything;

            // An object right below the root is there even when it is empty, as in the structs of kube-apiserver: nobody owns it as such.
            var always = inner is { Type: SchemaType.Object, Atomic: false };
            parts.Add(PathElement.Field(name), always ? old ?? new JsonObject() : old, always ? now ?? new JsonObject() : now, inner);
        }

        return parts.Join();
    }

    /// <summary>The changes without some fields.</summary>
    public FieldChanges Except(FieldSet ignored) => IsEmpty ? this : new(Added.Except(ignored), Modified.Except(ignored), Removed.Except(ignored));

    /// <summary>The changes without a member of the root and all inside of it.</summary>
    public FieldChanges Without(string member) => IsEmpty ? this : new(Without(Added, member), Without(Modified, member), Without(Removed, member));

    private static FieldSet Without(FieldSet set, string member) => FieldSet.Of([.. set.Branches.Where(b => b.Element.Name != member)]);

    private static IEnumerable<(string Name, JsonNode? Old, JsonNode? Now)> Members(JsonObject? before, JsonObject? after)
    {
        foreach (var (name, old) in before ?? [])
        {
            var now = after is not null && after.TryGetPropertyValue(name, out var value) ? value : null;
            if (old is not null || now is not null) yield return (name, old, now);
        }

        foreach (var (name, now) in after ?? [])
        {
            if (now is not null && before?.ContainsKey(name) != true) yield return (name, null, now);
        }
    }

    private static FieldChanges Between(JsonNode? before, JsonNode? after, Schema schema)
    {
        var parts = new Parts();
        if ((before ?? after) is JsonObject)
        {
            foreach (var (name, old, now) in Members(before as JsonObject, after as JsonObject)) parts.Add(PathElement.Field(name), old, now, DocumentFields.Member(schema, name) ?? Anything);
        }
        else
        {
            var (olds, nows) = (ListItems.ByElement(before as JsonArray, schema), ListItems.ByElement(after as JsonArray, schema));
            foreach (var (element, old) in olds) parts.Add(element, old, nows.GetValueOrDefault(element), schema.Items!);
            foreach (var (element, now) in nows)
            {
                if (!olds.ContainsKey(element)) parts.Add(element, null, now, schema.Items!);
            }
        }

        return parts.Join();
    }

    private sealed class Parts
    {
        private readonly List<FieldBranch> _added = [];
        private readonly List<FieldBranch> _modified = [];
        private readonly List<FieldBranch> _removed = [];

        public void Add(PathElement element, List<JsonNode?>? old, List<JsonNode?>? now, Schema schema)
        {
            if (old is null or { Count: 1 } && now is null or { Count: 1 }) Add(element, old?[0], now?[0], schema);
            else if (old is null) _added.Add(new FieldBranch(element, true, FieldSet.Empty));
            else if (now is null) _removed.Add(new FieldBranch(element, true, FieldSet.Empty));
            else if (!ListItems.Same(old, now)) _modified.Add(new FieldBranch(element, true, FieldSet.Empty));
        }

        public void Add(PathElement element, JsonNode? old, JsonNode? now, Schema schema)
        {
            if (ReferenceEquals(old, now)) return;
            if (!Opens(old, now, schema))
            {
                if (old is null) _added.Add(new FieldBranch(element, true, FieldSet.Empty));
                else if (now is null) _removed.Add(new FieldBranch(element, true, FieldSet.Empty));
                else if (!JsonNode.DeepEquals(old, now)) _modified.Add(new FieldBranch(element, true, FieldSet.Empty));
                return;
            }

            var inner = Between(old, now, schema);
            _added.Add(new FieldBranch(element, old is null, inner.Added));
            _modified.Add(new FieldBranch(element, false, inner.Modified));
            _removed.Add(new FieldBranch(element, now is null, inner.Removed));
        }

        public FieldChanges Join() => _added.Count + _modified.Count + _removed.Count == 0 ? None : new(FieldSet.Of(_added), FieldSet.Of(_modified), FieldSet.Of(_removed));

        // Two that are empty or missing are leaves: what differs is that one is there.
        private static bool Opens(JsonNode? old, JsonNode? now, Schema schema)
        {
            if (old is not (null or JsonObject { Count: 0 } or JsonArray { Count: 0 }) && !DocumentFields.IsGranular(schema, old)) return false;
            if (now is not (null or JsonObject { Count: 0 } or JsonArray { Count: 0 }) && !DocumentFields.IsGranular(schema, now)) return false;
            if (old is not null && now is not null && old is JsonObject != now is JsonObject) return false;
            return Filled(old) || Filled(now);
        }

        private static bool Filled(JsonNode? node) => node is JsonObject { Count: > 0 } or JsonArray { Count: > 0 };
    }
}
