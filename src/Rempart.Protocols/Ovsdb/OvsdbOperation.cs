using System.Text.Json;

namespace Rempart.Protocols.Ovsdb;

/// <summary>One operation of a transaction, RFC 7047 section 5.2. Rows are chosen by identifier, which is all that callers here need.</summary>
public sealed class OvsdbOperation
{
    private readonly Action<Utf8JsonWriter> _write;
    private readonly string _description;

    private OvsdbOperation(string verb, string table, string subject, Action<Utf8JsonWriter> write)
    {
        _description = $"{verb} {table} {subject}";
        _write = json =>
        {
            json.WriteStartObject();
            json.WriteString("op", verb);
            json.WriteString("table", table);
            write(json);
            json.WriteEndObject();
        };
    }

    /// <param name="table">the table's name.</param>
    /// <param name="name">stands for the new row in other operations of the transaction, by <see cref="OvsdbAtom.Named"/>.</param>
    /// <param name="row">columns that differ from their defaults.</param>
    public static OvsdbOperation Insert(string table, string name, IReadOnlyDictionary<string, OvsdbDatum> row) => new("insert", table, name, json =>
    {
        json.WriteString("uuid-name", name);
        WriteRow(json, row);
    });

    public static OvsdbOperation Update(string table, Guid row, IReadOnlyDictionary<string, OvsdbDatum> columns) => new("update", table, row.ToString(), json =>
    {
        WriteWhere(json, row);
        WriteRow(json, columns);
    });

    public static OvsdbOperation Delete(string table, Guid row) => new("delete", table, row.ToString(), json => WriteWhere(json, row));

    /// <summary>Adds elements to (or, with `delete`, removes them from) a set or map column, without touching its other elements.</summary>
    /// <param name="table">the table's name.</param>
    /// <param name="row">the row's identifier.</param>
    /// <param name="column">the column's name.</param>
    /// <param name="mutator">`insert`, `delete` or, for integers, `+=`.</param>
    /// <param name="value">the elements, or the summand.</param>
    public static OvsdbOperation Mutate(string table, Guid row, string column, string mutator, OvsdbDatum value) => new("mutate", table, row.ToString(), json =>
    {
        WriteWhere(json, row);
        json.WriteStartArray("mutations");
        json.WriteStartArray();
        json.WriteStringValue(column);
        json.WriteStringValue(mutator);
        value.Write(json);
        json.WriteEndArray();
        json.WriteEndArray();
    });

    /// <summary>The transaction goes on only if the row's columns have these values now; else it fails with `timed out`.</summary>
    public static OvsdbOperation Expect(string table, Guid row, IReadOnlyDictionary<string, OvsdbDatum> columns) => new("wait", table, row.ToString(), json =>
    {
        json.WriteNumber("timeout", 0);
        WriteWhere(json, row);
        json.WriteStartArray("columns");
        foreach (var column in columns.Keys.Order(StringComparer.Ordinal)) json.WriteStringValue(column);
        json.WriteEndArray();
        json.WriteString("until", "==");
        json.WriteStartArray("rows");
        WriteColumns(json, columns);
        json.WriteEndArray();
    });

    public override string ToString() => _description;

    /// <summary>The operation's JSON, for golden files and logs.</summary>
    public string ToJson() => OvsdbJson.Text(_write);

    internal void Write(Utf8JsonWriter json) => _write(json);

    private static void WriteWhere(Utf8JsonWriter json, Guid row)
    {
        json.WriteStartArray("where");
        json.WriteStartArray();
        json.WriteStringValue("_uuid");
        json.WriteStringValue("==");
        OvsdbAtom.Of(row).Write(json);
        json.WriteEndArray();
        json.WriteEndArray();
    }

    private static void WriteRow(Utf8JsonWriter json, IReadOnlyDictionary<string, OvsdbDatum> row)
    {
        json.WritePropertyName("row");
        WriteColumns(json, row);
    }

    private static void WriteColumns(Utf8JsonWriter json, IReadOnlyDictionary<string, OvsdbDatum> columns)
    {
        json.WriteStartObject();
        foreach (var (column, value) in columns.OrderBy(c => c.Key, StringComparer.Ordinal))
        {
            json.WritePropertyName(column);
            value.Write(json);
        }
        json.WriteEndObject();
    }
}
