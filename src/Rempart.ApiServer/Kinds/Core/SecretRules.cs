using System.Text;
using System.Text.Json.Nodes;
using Rempart.Api.Core;
using Rempart.Api.Meta;
using Rempart.ApiServer.Registry;

namespace Rempart.ApiServer.Kinds.Core;

/// <summary>Rules of Secrets.</summary>
internal sealed class SecretRules : TypedKindRules<Secret>
{
    private const int MostBytes = 1024 * 1024;

    /// <summary><c>stringData</c> is a way to write <c>data</c> and is never stored.</summary>
    public override void Default(JsonObject document)
    {
        document["type"] ??= "Opaque";
        if (document["stringData"] is JsonObject plain)
        {
            var data = document.Child("data");
            foreach (var (key, value) in plain) data[key] = Convert.ToBase64String(Encoding.UTF8.GetBytes(value?.GetValue<string>() ?? ""));
        }

        document.Remove("stringData");
    }

    // Not `Unchanged`, whose message holds the value.
    private static bool Same(IReadOnlyDictionary<string, byte[]>? now, IReadOnlyDictionary<string, byte[]>? before) =>
        (now?.Count ?? 0) == (before?.Count ?? 0)
        && (now ?? new Dictionary<string, byte[]>()).All(pair => before!.TryGetValue(pair.Key, out var value) && value.AsSpan().SequenceEqual(pair.Value));

    protected override void Validate(Secret document, Secret? old, FieldErrors errors)
    {
        if (DataRules.Check(errors, "data", document.Data, v => v.Length) > MostBytes) errors.TooLong("data", MostBytes);
        if (old is null) return;
        errors.Unchanged("type", document.Type, old.Type);
        if (old.Immutable != true) return;
        if (document.Immutable != true) errors.Forbidden("immutable", "field is immutable when `immutable` is set");
        if (!Same(document.Data, old.Data)) errors.Forbidden("data", "field is immutable when `immutable` is set");
    }
}
