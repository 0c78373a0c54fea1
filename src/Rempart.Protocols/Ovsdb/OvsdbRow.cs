using System.Collections.Immutable;

namespace Rempart.Protocols.Ovsdb;

/// <summary>A row as last seen: every monitored column has its value, defaults included.</summary>
public sealed record OvsdbRow(Guid Uuid, ImmutableDictionary<string, OvsdbDatum> Columns)
{
    public OvsdbDatum this[string column] => Columns.GetValueOrDefault(column, OvsdbDatum.Empty);
}
