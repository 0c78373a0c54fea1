using Rempart.Protocols.Ovsdb;

namespace Rempart.Controllers.Networking;

/// <summary>
/// A row that the northbound database must have. A reference to another row is a named atom whose name is that row's
/// <see cref="Key"/>; <see cref="NorthboundPlan"/> puts the identifier in.
/// </summary>
/// <param name="Table">the table's name.</param>
/// <param name="Key">names the row for ever; kept in `external_ids:rempart-key`, unique in the whole database.</param>
/// <param name="Uid">uid of the API object that it is there for; kept in `external_ids:rempart-uid`.</param>
/// <param name="Columns">the columns that Rempart sets, `external_ids` only for further notes; others are OVN's own.</param>
internal sealed record NorthboundRow(string Table, string Key, string Uid, IReadOnlyDictionary<string, OvsdbDatum> Columns)
{
    /// <summary>The column of `external_ids`; what is set here is kept beside the key and uid.</summary>
    internal const string Notes = "external_ids";
}
