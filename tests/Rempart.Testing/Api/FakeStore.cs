using System.Globalization;
using System.Text.Json.Nodes;
using Rempart.Api.Meta;

namespace Rempart.Testing.Api;

/// <summary>Objects and versions of <see cref="FakeApi"/>; callers hold its lock. Stored documents are never changed in place.</summary>
internal sealed class FakeStore(TimeProvider time)
{
    private readonly SortedDictionary<(string Kind, string Namespace, string Name), JsonObject> _objects = [];
    private int _uids;

    public long Version { get; private set; }

    public List<FakeChange> History { get; } = [];

    public static string VersionOf(JsonObject json) => json["metadata"]!["resourceVersion"]!.GetValue<string>();

    public JsonObject? Get(FakeAddress address) => _objects.GetValueOrDefault(Key(address));

    public JsonObject Demand(FakeAddress address) => Get(address)
        ?? throw FakeFailure.Refused(404, StatusReason.NotFound, $"{address.Kind.GroupResource} `{address}` not found");

    public IEnumerable<JsonObject> List(KindInfo kind, string? ns) => _objects
        .Where(entry => entry.Key.Kind == kind.GroupResource && (ns is null || entry.Key.Namespace == ns)).Select(entry => entry.Value);

    public JsonObject Put(FakeAddress address, JsonObject? old, JsonObject wanted)
    {
        var json = wanted.DeepClone().AsObject();
        var metadata = json["metadata"]!.AsObject();
        metadata["uid"] ??= old?["metadata"]!["uid"]?.GetValue<string>() ?? $"00000000-0000-4000-8000-{++_uids:x12}";
        metadata["creationTimestamp"] ??= Now();
        metadata["generation"] ??= 1L;
        if (address.Kind.Kind == "Namespace") json["status"] ??= new JsonObject { ["phase"] = "Active" };
        if (address.Kind.Kind == "Namespace" && old is null) json["spec"] ??= new JsonObject { ["finalizers"] = new JsonArray("kubernetes") };
        return Store(address, json);
    }

    public JsonObject Replace(FakeAddress address, JsonObject wanted, string? subresource)
    {
        var old = Demand(address);
        if (wanted["metadata"]?["resourceVersion"]?.GetValue<string>() is { } version && version != VersionOf(old))
        {
            throw FakeFailure.Refused(409, StatusReason.Conflict, $"{address.Kind.GroupResource} `{address}` has been changed");
        }
        var next = old.DeepClone().AsObject();
        if (subresource is "status") next["status"] = wanted["status"]?.DeepClone();
        else if (subresource is "finalize") next["spec"] = wanted["spec"]?.DeepClone();
        else ReplaceMain(old, next, wanted);
        if (JsonNode.DeepEquals(old, next)) return old;
        return Finished(next) ? Remove(address, next) : Store(address, next);
    }

    public JsonObject Bind(FakeAddress address, string node)
    {
        var next = Demand(address).DeepClone().AsObject();
        var status = next["status"]?.AsObject();
        if (status is null) next["status"] = status = [];
        if (status["nodeName"] is not null) throw FakeFailure.Refused(409, StatusReason.Conflict, $"`{address}` is bound to `{status["nodeName"]}`");
        status["nodeName"] = node;
        status["runGeneration"] = (status["runGeneration"]?.GetValue<long>() ?? 0) + 1;
        return Store(address, next);
    }

    public JsonObject Delete(FakeAddress address, JsonObject? options)
    {
        var next = Demand(address).DeepClone().AsObject();
        var metadata = next["metadata"]!.AsObject();
        if (options?["preconditions"]?["uid"]?.GetValue<string>() is { } uid && uid != metadata["uid"]!.GetValue<string>())
        {
            throw FakeFailure.Refused(409, StatusReason.Conflict, $"`{address}` has another uid");
        }
        var finalizers = metadata["finalizers"]?.AsArray() ?? [];
        if (metadata["finalizers"] is null) metadata["finalizers"] = finalizers;
        var propagation = options?["propagationPolicy"]?.GetValue<string>();
        if (propagation == "Foreground" && finalizers.All(f => f!.GetValue<string>() != "foregroundDeletion")) finalizers.Add("foregroundDeletion");
        if (propagation == "Orphan" && finalizers.All(f => f!.GetValue<string>() != "orphan")) finalizers.Add("orphan");
        metadata["deletionTimestamp"] ??= Now();
        if (address.Kind.Kind == "Namespace") next["status"] = new JsonObject { ["phase"] = "Terminating" };
        return Finished(next) ? Remove(address, next) : Store(address, next);
    }

    public static JsonObject Merge(JsonObject target, JsonObject patch)
    {
        var merged = target.DeepClone().AsObject();
        foreach (var (name, value) in patch)
        {
            if (value is null) merged.Remove(name);
            else if (value is JsonObject inner) merged[name] = Merge(merged[name] as JsonObject ?? [], inner);
            else merged[name] = value.DeepClone();
        }
        return merged;
    }

    private static void ReplaceMain(JsonObject old, JsonObject next, JsonObject wanted)
    {
        foreach (var name in next.Select(member => member.Key).Where(name => name is not ("metadata" or "status")).ToList()) next.Remove(name);
        foreach (var (name, value) in wanted.Where(member => member.Key is not ("metadata" or "status"))) next[name] = value?.DeepClone();
        foreach (var name in (string[])["labels", "annotations", "finalizers", "ownerReferences"])
        {
            next["metadata"]!.AsObject().Remove(name);
            if (wanted["metadata"]?[name] is { } value) next["metadata"]![name] = value.DeepClone();
        }
        if (!JsonNode.DeepEquals(old["spec"], next["spec"])) next["metadata"]!["generation"] = (old["metadata"]!["generation"]?.GetValue<long>() ?? 0) + 1;
    }

    private static bool Finished(JsonObject json) => json["metadata"]!["deletionTimestamp"] is not null
        && (json["metadata"]!["finalizers"]?.AsArray().Count ?? 0) == 0 && (json["kind"]?.GetValue<string>() != "Namespace" || (json["spec"]?["finalizers"]?.AsArray().Count ?? 0) == 0);

    private static (string Kind, string Namespace, string Name) Key(FakeAddress address) => (address.Kind.GroupResource, address.Namespace ?? "", address.Name);

    private JsonObject Store(FakeAddress address, JsonObject json)
    {
        json["metadata"]!["resourceVersion"] = (++Version).ToString(CultureInfo.InvariantCulture);
        _objects[Key(address)] = json;
        return json;
    }

    private JsonObject Remove(FakeAddress address, JsonObject json)
    {
        json["metadata"]!["resourceVersion"] = (++Version).ToString(CultureInfo.InvariantCulture);
        _objects.Remove(Key(address));
        return json;
    }

    private string Now() => time.GetUtcNow().UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}
