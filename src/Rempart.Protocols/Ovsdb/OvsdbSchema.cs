using System.Collections.Frozen;
using System.Text.Json;

namespace Rempart.Protocols.Ovsdb;

/// <summary>What the client must know of a database's schema (RFC 7047 section 3.2): each column's default, and whether changes come as differences.</summary>
internal sealed class OvsdbSchema
{
    private readonly FrozenDictionary<(string Table, string Column), OvsdbColumn> _columns;

    private OvsdbSchema(FrozenDictionary<(string Table, string Column), OvsdbColumn> columns) => _columns = columns;

    internal OvsdbColumn? Find(string table, string column) => _columns.GetValueOrDefault((table, column));

    internal static OvsdbSchema Parse(JsonElement schema)
    {
        var columns = new Dictionary<(string, string), OvsdbColumn>();
        foreach (var table in schema.GetProperty("tables").EnumerateObject())
        {
            foreach (var column in table.Value.GetProperty("columns").EnumerateObject())
                columns[(table.Name, column.Name)] = ParseColumn(column.Value.GetProperty("type"));
        }
        return new OvsdbSchema(columns.ToFrozenDictionary());
    }

    private static OvsdbColumn ParseColumn(JsonElement type)
    {
        if (type.ValueKind == JsonValueKind.String) return new OvsdbColumn(Default(type.GetString()!), HoldsMany: false);
        var isMap = type.TryGetProperty("value", out _);
        var least = type.TryGetProperty("min", out var min) ? min.GetInt64() : 1;
        var many = type.TryGetProperty("max", out var max) && (max.ValueKind == JsonValueKind.String || max.GetInt64() > 1);
        if (isMap) return new OvsdbColumn(OvsdbDatum.EmptyMap, many);
        var key = type.GetProperty("key");
        var keyType = key.ValueKind == JsonValueKind.String ? key.GetString()! : key.GetProperty("type").GetString()!;
        return new OvsdbColumn(least == 0 ? OvsdbDatum.Empty : Default(keyType), many);
    }

    private static OvsdbDatum Default(string type) => type switch
    {
        "string" => OvsdbDatum.Of(""),
        "integer" => OvsdbDatum.Of(0),
        "boolean" => OvsdbDatum.Of(false),
        "real" => OvsdbDatum.Of(0),
        "uuid" => OvsdbDatum.Of(OvsdbAtom.Of(Guid.Empty)),
        _ => throw new OvsdbProtocolException($"the schema has a column of the unknown type `{type}`"),
    };
}
