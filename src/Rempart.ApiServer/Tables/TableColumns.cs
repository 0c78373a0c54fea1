using System.Collections.Concurrent;
using System.Text.Json;
using Rempart.Api.Meta;

namespace Rempart.ApiServer.Tables;

/// <summary>Columns of each kind: name first and age last, those of the kind between; some built-in kinds have their own.</summary>
internal static class TableColumns
{
    private static readonly ConcurrentDictionary<KindInfo, IReadOnlyList<TableColumn>> Known = new(ReferenceEqualityComparer.Instance);

    /// <summary>The name.</summary>
    public static TableColumn Name { get; } = new("Name", "string", (o, _) => TableCell.Of(JsonPath.Text(o, "metadata", "name")))
    {
        Format = "name",
        Description = "Name must be unique within a namespace.",
    };

    /// <summary>Time since creation.</summary>
    public static TableColumn Age { get; } = new("Age", "string", (o, now) => Since(JsonPath.Text(o, "metadata", "creationTimestamp"), now))
    {
        Description = "Time since the object was created.",
    };

    /// <summary>Columns of a kind.</summary>
    public static IReadOnlyList<TableColumn> Of(KindInfo kind) => Known.GetOrAdd(kind, Find);

    private static IReadOnlyList<TableColumn> Find(KindInfo kind) => BuiltInColumns.Of(kind.GroupResource) ?? [Name, .. kind.Columns.Select(column => Computed(kind, Declared(column))), Age];

    /// <summary>Time since a moment of a document; <c>&lt;unknown&gt;</c> when there is none.</summary>
    public static TableCell Since(string? moment, DateTimeOffset now) =>
        DateTimeOffset.TryParse(moment, System.Globalization.CultureInfo.InvariantCulture, System.Globalization.DateTimeStyles.AssumeUniversal, out var then)
            ? TableCell.Of(HumanDuration.Of(now - then)) : TableCell.Unknown;

    private static TableColumn Computed(KindInfo kind, TableColumn column) =>
        kind.GroupResource == MachineStatus.GroupResource && column.Name == "Status" ? column with { Cell = (o, _) => MachineStatus.Of(o) } : column;

    private static TableColumn Declared(PrinterColumnAttribute column)
    {
        var path = JsonPath.Parse(column.JsonPath);
        return new TableColumn(column.Name, column.Type, (o, now) => Cell(path.Select(o), column.Type, now)) { Description = column.Description, Priority = column.Priority };
    }

    private static TableCell Cell(IReadOnlyList<JsonElement> values, string type, DateTimeOffset now)
    {
        if (values.Count == 0) return TableCell.None;
        var first = values[0];
        return type switch
        {
            "date" => Since(JsonPath.Show(first), now),
            "integer" when first.ValueKind == JsonValueKind.Number && first.TryGetInt64(out var number) => TableCell.Of(number),
            "boolean" when first.ValueKind is JsonValueKind.True or JsonValueKind.False => TableCell.Of(first.GetBoolean()),
            _ => TableCell.Of(string.Join(",", values.SelectMany(v => v.ValueKind == JsonValueKind.Array ? v.EnumerateArray().AsEnumerable() : [v]).Select(JsonPath.Show))),
        };
    }
}
