using System.Text.Json;
using System.Text.Json.Nodes;
using Rempart.ApiServer.Validation;

namespace Rempart.ApiServer.Patch;

/// <summary>Objects in a strategic merge patch.</summary>
internal static class StrategicObject
{
    /// <summary>Says what to do with an object, or with the list that an item is in.</summary>
    public const string Directive = "$patch";

    private const string RetainKeys = "$retainKeys";
    private const string DeleteList = "$deleteFromPrimitiveList/";
    private const string SetOrder = "$setElementOrder/";
    private static readonly Schema Anything = new() { Type = SchemaType.Any };

    /// <summary>Merges a patch into an object.</summary>
    /// <returns>The target, or its replacement.</returns>
    public static JsonObject Merge(JsonObject target, JsonObject patch, Schema schema)
    {
        switch (DirectiveOf(patch))
        {
            case "replace":
                patch.Remove(Directive);
                return Merge([], patch, schema);
            case "delete": return [];
            default: break;
        }

        if (patch.ContainsKey(RetainKeys)) Retain(target, patch);
        DeleteFromLists(target, patch);
        MemberRemoval.Remove(target, patch.Where(c => c.Value is null && !c.Key.StartsWith('$')).Select(c => c.Key).ToHashSet());
        foreach (var (name, change) in patch)
        {
            if (change is not null && !name.StartsWith('$')) Member(target, name, change, patch[SetOrder + name] as JsonArray, schema);
        }

        OrderUnpatched(target, patch, schema);
        return target;
    }

    /// <summary>The directive of an object; null when it has none or <c>merge</c>, which says nothing new.</summary>
    public static string? DirectiveOf(JsonObject patch)
    {
        if (!patch.TryGetPropertyValue(Directive, out var value)) return null;
        var text = value is JsonValue single && single.GetValueKind() == JsonValueKind.String ? single.GetValue<string>() : null;
        return text switch
        {
            "replace" or "delete" => text,
            "merge" => null,
            _ => throw JsonPatch.Malformed($"unknown patch type found: {value?.ToJsonString() ?? "null"}; `{Directive}` is one of `replace`, `delete`, `merge`"),
        };
    }

    private static void Member(JsonObject target, string name, JsonNode change, JsonArray? order, Schema schema)
    {
        var field = schema.Type == SchemaType.Object ? schema.Fields.GetValueOrDefault(name) : null;
        var inner = field?.Schema ?? (schema.Type == SchemaType.Map ? schema.Items : null) ?? Anything;
        if (change is JsonObject changes)
        {
            if (DirectiveOf(changes) == "delete" && !target.ContainsKey(name)) return;
            var before = target[name] as JsonObject ?? [];
            var merged = Merge(before, changes, inner);
            if (merged.Parent is null) target[name] = merged;
        }
        else if (change is JsonArray list && field?.MergesList == true)
        {
            target[name] = StrategicList.Merge(target[name] as JsonArray ?? [], list, order, field);
        }
        else
        {
            target[name] = change.DeepClone();
        }
    }

    /// <summary>A list may be put in order without being changed.</summary>
    private static void OrderUnpatched(JsonObject target, JsonObject patch, Schema schema)
    {
        foreach (var (name, order) in patch)
        {
            if (!name.StartsWith(SetOrder, StringComparison.Ordinal)) continue;
            if (order is not JsonArray list) throw JsonPatch.Malformed($"`{name}` must be a list");
            var field = name[SetOrder.Length..];
            if (patch[field] is null && target[field] is JsonArray items && schema.Fields.GetValueOrDefault(field) is { MergesList: true } rules)
                target[field] = StrategicList.Merge(items, [], list, rules);
        }
    }

    private static void Retain(JsonObject target, JsonObject patch)
    {
        if (patch[RetainKeys] is not JsonArray list) throw JsonPatch.Malformed($"`{RetainKeys}` must be a list");
        var kept = list.Select(k => k is JsonValue value && value.GetValueKind() == JsonValueKind.String ? value.GetValue<string>() : "").ToHashSet();
        foreach (var (name, change) in patch)
        {
            if (change is not null && !name.StartsWith('$') && !kept.Contains(name)) throw JsonPatch.Malformed($"`{name}` is in the patch but not in its `{RetainKeys}`");
        }

        MemberRemoval.Remove(target, target.Select(m => m.Key).Where(k => !kept.Contains(k)).ToHashSet());
    }

    private static void DeleteFromLists(JsonObject target, JsonObject patch)
    {
        foreach (var (name, change) in patch)
        {
            if (!name.StartsWith(DeleteList, StringComparison.Ordinal)) continue;
            if (change is not JsonArray gone) throw JsonPatch.Malformed($"`{name}` must be a list");
            if (target[name[DeleteList.Length..]] is not JsonArray list) continue;
            var keys = gone.Select(StrategicList.KeyText).ToHashSet();
            var kept = list.Where(item => !keys.Contains(StrategicList.KeyText(item))).ToArray();
            list.Clear();
            foreach (var item in kept) list.Add(item);
        }
    }
}
