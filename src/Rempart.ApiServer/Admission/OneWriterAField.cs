using System.Text.Json.Nodes;
using Rempart.Api.Meta;
using Rempart.ApiServer.Registry;

namespace Rempart.ApiServer.Admission;

/// <summary>Refuses a write to <c>status</c> that changes what is another writer's.</summary>
/// <param name="writers">Who writes what.</param>
/// <param name="ofServer">Kinds whose status nobody writes but the server.</param>
internal sealed class OneWriterAField(IReadOnlyList<FieldWriter> writers, IReadOnlyList<KindInfo> ofServer) : IAdmissionPlugin
{
    private readonly HashSet<KindInfo> _declared = [.. writers.Select(w => w.Kind), .. ofServer];

    public string Name => "OneWriterAField";

    public ValueTask ValidateAsync(AdmissionRequest request, CancellationToken cancellationToken)
    {
        if (request.Subresource != "status" || request.Object is null || request.Old is null || !_declared.Contains(request.Kind)) return ValueTask.CompletedTask;
        var mine = writers.Where(w => w.Kind == request.Kind && w.Is(request.Caller.Name)).ToList();
        var foreign = Changed(request.Old.ToJson()["status"] as JsonObject ?? [], request.Object["status"] as JsonObject ?? [])
            .Where(change => !mine.Any(w => change.Condition is { } type ? w.Conditions.Contains(type) || w.Conditions is ["*"] : w.Fields.Contains(change.Field)))
            .Select(change => change.Condition is { } type ? $"status.conditions[{type}]" : $"status.{change.Field}")
            .ToList();
        if (foreign.Count == 0) return ValueTask.CompletedTask;
        throw Failures.Forbidden(request.Kind, request.Name, $"user `{request.Caller.Name}` may not write `{string.Join("`, `", foreign)}`: each field of the status has one writer",
            [.. foreign.Select(f => new StatusCause { Reason = "FieldValueForbidden", Field = f, Message = "another writer's field" })]);
    }

    private static IEnumerable<(string Field, string? Condition)> Changed(JsonObject before, JsonObject after)
    {
        foreach (var name in before.Select(m => m.Key).Union(after.Select(m => m.Key), StringComparer.Ordinal))
        {
            if (JsonNode.DeepEquals(before[name], after[name])) continue;
            if (name != "conditions")
            {
                yield return (name, null);
                continue;
            }

            var (old, now) = (ByType(before), ByType(after));
            foreach (var type in old.Keys.Union(now.Keys, StringComparer.Ordinal))
            {
                if (!JsonNode.DeepEquals(old.GetValueOrDefault(type), now.GetValueOrDefault(type))) yield return (name, type);
            }
        }
    }

    /// <summary>Conditions by type; a type that is there twice is one change under its name.</summary>
    private static Dictionary<string, JsonArray> ByType(JsonObject status) => (status["conditions"] as JsonArray ?? []).OfType<JsonObject>()
        .GroupBy(c => c.Text("type") ?? "", StringComparer.Ordinal)
        .ToDictionary(g => g.Key, g => new JsonArray([.. g.Select(c => c.DeepClone())]), StringComparer.Ordinal);
}
