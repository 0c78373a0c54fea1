using System.Collections.Immutable;
using System.Text.Json;

namespace Rempart.Protocols.Ovsdb;

/// <summary>An immutable copy of the monitored tables as of one transaction.</summary>
public sealed class OvsdbReplica
{
    private readonly ImmutableDictionary<string, ImmutableDictionary<Guid, OvsdbRow>> _tables;

    private OvsdbReplica(ImmutableDictionary<string, ImmutableDictionary<Guid, OvsdbRow>> tables) => _tables = tables;

    /// <summary>Nothing copied yet.</summary>
    public static OvsdbReplica Empty { get; } = new(ImmutableDictionary.Create<string, ImmutableDictionary<Guid, OvsdbRow>>(StringComparer.Ordinal));

    public IEnumerable<OvsdbRow> Rows(string table) => _tables.TryGetValue(table, out var rows) ? rows.Values : [];

    public OvsdbRow? Find(string table, Guid row) => _tables.TryGetValue(table, out var rows) ? rows.GetValueOrDefault(row) : null;

    /// <summary>Applies `table-updates2` (ovsdb-server(7)).</summary>
    /// <exception cref="OvsdbProtocolException">an update that does not fit what is here: the copy must be made anew.</exception>
    internal OvsdbReplica Apply(JsonElement updates, OvsdbSchema schema, IReadOnlyDictionary<string, IReadOnlyList<string>> monitored)
    {
        var tables = _tables;
        foreach (var table in updates.EnumerateObject())
        {
            if (!monitored.TryGetValue(table.Name, out var columns)) throw new OvsdbProtocolException($"an update names the table `{table.Name}`, which was not asked for");
            var rows = (tables.GetValueOrDefault(table.Name) ?? ImmutableDictionary<Guid, OvsdbRow>.Empty).ToBuilder();
            foreach (var row in table.Value.EnumerateObject())
            {
                if (!Guid.TryParseExact(row.Name, "D", out var uuid)) throw new OvsdbProtocolException($"`{row.Name}` is not a row identifier");
                foreach (var change in row.Value.EnumerateObject())
                    ApplyRow(rows, uuid, change, column => schema.Find(table.Name, column) ?? throw new OvsdbProtocolException($"the schema has no column `{table.Name}.{column}`"), columns);
            }
            tables = tables.SetItem(table.Name, rows.ToImmutable());
        }
        return new OvsdbReplica(tables);
    }

    private static void ApplyRow(ImmutableDictionary<Guid, OvsdbRow>.Builder rows, Guid uuid, JsonProperty change,
        Func<string, OvsdbColumn> schema, IReadOnlyList<string> columns)
    {
        switch (change.Name)
        {
            case "initial" or "insert":
                var fresh = columns.ToImmutableDictionary(c => c, c => schema(c).Default, StringComparer.Ordinal);
                rows[uuid] = new OvsdbRow(uuid, fresh.SetItems(change.Value.EnumerateObject().Select(c => KeyValuePair.Create(c.Name, OvsdbDatum.Parse(c.Value)))));
                break;
            case "modify":
                if (!rows.TryGetValue(uuid, out var row)) throw new OvsdbProtocolException($"an update modifies the unknown row `{uuid}`");
                var changed = row.Columns.ToBuilder();
                foreach (var column in change.Value.EnumerateObject())
                {
                    var value = OvsdbDatum.Parse(column.Value);
                    changed[column.Name] = schema(column.Name).HoldsMany ? changed[column.Name].Apply(value) : value;
                }
                rows[uuid] = new OvsdbRow(uuid, changed.ToImmutable());
                break;
            case "delete":
                rows.Remove(uuid);
                break;
            default:
                throw new OvsdbProtocolException($"an update has the unknown member `{change.Name}`");
        }
    }
}
