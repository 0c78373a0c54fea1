using System.Buffers;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Rempart.ApiServer.Registry;

namespace Rempart.ApiServer.Apply;

/// <summary>All managers of an object, as <c>metadata.managedFields</c> lists them.</summary>
/// <param name="Entries">One entry a manager.</param>
internal sealed record OwnerTable(IReadOnlyList<OwnerEntry> Entries)
{
    /// <summary>Entries of updates that are kept apart, as in kube-apiserver; the oldest beyond are joined.</summary>
    public const int MostUpdaters = 10;

    private const string Joined = "ancient-changes";

    private static readonly JsonWriterOptions Writing = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    /// <summary>Nobody manages anything.</summary>
    public static OwnerTable Empty { get; } = new([]);

    public bool IsEmpty => Entries.Count == 0;

    /// <summary>Reads a document's managedFields.</summary>
    /// <returns>Null when they can't be read.</returns>
    public static OwnerTable? Read(JsonArray? list)
    {
        if (list is null) return Empty;
        var entries = new List<OwnerEntry>(list.Count);
        try
        {
            foreach (var node in list)
            {
                if (node is not JsonObject entry || entry.Text("operation") is not ("Apply" or "Update") || entry.Text("fieldsType") != "FieldsV1" || entry.Text("apiVersion") is not { Length: > 0 } version) return null;
                var id = new OwnerId(entry.Text("manager") ?? "", entry.Text("operation") == "Apply", version, entry.Text("subresource") is { Length: > 0 } sub ? sub : null);
                entries.RemoveAll(e => Same(e.Id, id));
                entries.Add(new OwnerEntry(id, entry.Text("time"), FieldsV1.Read(entry["fieldsV1"])));
            }
        }
        catch (FormatException)
        {
            return null;
        }

        return new OwnerTable(entries);
    }

    /// <summary>Whether two ids are one manager: the version that it applies in does not tell an applier apart.</summary>
    public static bool Same(OwnerId one, OwnerId other) =>
        one.Name == other.Name && one.Applies == other.Applies && one.Subresource == other.Subresource && (one.Applies || one.ApiVersion == other.ApiVersion);

    /// <summary>The entry of a manager.</summary>
    public OwnerEntry? Of(OwnerId id) => Entries.FirstOrDefault(e => Same(e.Id, id));

    /// <summary>The table with an entry in the place of that manager's.</summary>
    public OwnerTable With(OwnerEntry entry) => new([.. Entries.Where(e => !Same(e.Id, entry.Id)), entry]);

    /// <summary>The table with other fields of each manager; who owns nothing more is left out.</summary>
    public OwnerTable Select(Func<OwnerEntry, FieldSet> fields) => new([.. Entries.Select(e => e with { Fields = fields(e) }).Where(e => !e.Fields.IsEmpty)]);

    /// <summary>The table with at most <see cref="MostUpdaters"/> entries of updates: the oldest are joined, those of one version in one.</summary>
    public OwnerTable Capped()
    {
        var updaters = Entries.Where(e => !e.Id.Applies).OrderBy(e => Seconds(e.Time)).ThenBy(e => e.Id.Name, StringComparer.Ordinal).ThenBy(e => e.Id.Subresource, StringComparer.Ordinal).ToList();
        var count = updaters.Count;
        if (count <= MostUpdaters) return this;
        var kept = Entries.ToList();
        var firsts = new Dictionary<string, OwnerEntry>(StringComparer.Ordinal);
        foreach (var updater in updaters)
        {
            if (count <= MostUpdaters) break;
            if (!firsts.TryGetValue(updater.Id.ApiVersion, out var first))
            {
                firsts[updater.Id.ApiVersion] = updater;
                continue;
            }

            // The first that is met only gives its fields to the bucket when a second one joins it.
            var bucket = new OwnerEntry(new OwnerId(Joined, false, updater.Id.ApiVersion, null), updater.Time, first.Fields.Union(updater.Fields));
            kept.RemoveAll(e => Same(e.Id, first.Id) || Same(e.Id, updater.Id));
            kept.Add(bucket);
            firsts[updater.Id.ApiVersion] = bucket;
            count--;
        }

        return new OwnerTable(kept);
    }

    /// <summary>The entries as managedFields, in the order of kube-apiserver; null when there are none.</summary>
    public JsonArray? ToJson()
    {
        if (IsEmpty) return null;
        var buffer = new ArrayBufferWriter<byte>(512);
        using (var writer = new Utf8JsonWriter(buffer, Writing))
        {
            writer.WriteStartArray();
            foreach (var entry in Entries.OrderBy(e => e.Id.Operation, StringComparer.Ordinal).ThenBy(e => Seconds(e.Time)).ThenBy(e => e.Id.Name, StringComparer.Ordinal)
                .ThenBy(e => e.Id.ApiVersion, StringComparer.Ordinal).ThenBy(e => e.Id.Subresource, StringComparer.Ordinal)) Write(writer, entry);
            writer.WriteEndArray();
        }

        return (JsonArray)JsonNode.Parse(buffer.WrittenSpan)!;
    }

    private static void Write(Utf8JsonWriter writer, OwnerEntry entry)
    {
        writer.WriteStartObject();
        writer.WriteString("manager", entry.Id.Name);
        writer.WriteString("operation", entry.Id.Operation);
        writer.WriteString("apiVersion", entry.Id.ApiVersion);
        if (entry.Time is not null) writer.WriteString("time", entry.Time);
        writer.WriteString("fieldsType", "FieldsV1");
        writer.WritePropertyName("fieldsV1");
        FieldsV1.Write(writer, entry.Fields);
        if (entry.Id.Subresource is not null) writer.WriteString("subresource", entry.Id.Subresource);
        writer.WriteEndObject();
    }

    private static long Seconds(string? time) =>
        time is not null && DateTimeOffset.TryParse(time, CultureInfo.InvariantCulture, DateTimeStyles.RoundtripKind, out var known) ? known.ToUnixTimeSeconds() : 0;
}
