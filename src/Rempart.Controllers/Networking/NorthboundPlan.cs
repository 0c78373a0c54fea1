using System.Globalization;
using Rempart.Protocols.Ovsdb;

namespace Rempart.Controllers.Networking;

/// <summary>
/// The operations that lead from the northbound database as it is to the rows that must be: one transaction. The database is
/// Rempart's alone, so root rows that no object asks for are deleted, whoever made them.
/// </summary>
internal static class NorthboundPlan
{
    /// <returns>no operation when nothing differs.</returns>
    internal static IReadOnlyList<OvsdbOperation> Diff(OvsdbReplica observed, IReadOnlyList<NorthboundRow> desired)
    {
        var present = Index(observed);
        var identifiers = new Dictionary<string, OvsdbAtom>(StringComparer.Ordinal);
        var kept = new HashSet<Guid>();
        foreach (var (i, row) in desired.Index())
        {
            var atom = OvsdbAtom.Named("r" + i.ToString(CultureInfo.InvariantCulture));
            if (present.TryGetValue((row.Table, row.Key), out var there))
            {
                atom = OvsdbAtom.Of(there.Uuid);
                kept.Add(there.Uuid);
            }
            if (!identifiers.TryAdd(row.Key, atom)) throw new System.Diagnostics.UnreachableException($"two rows have the key `{row.Key}`");
        }
        var operations = new List<OvsdbOperation>();
        foreach (var row in desired)
        {
            var columns = Resolve(row, identifiers);
            if (!present.TryGetValue((row.Table, row.Key), out var there))
            {
                operations.Add(OvsdbOperation.Insert(row.Table, identifiers[row.Key].Text, columns));
                continue;
            }
            var changed = columns.Where(c => !there[c.Key].Equals(c.Value)).ToDictionary(c => c.Key, c => c.Value, StringComparer.Ordinal);
            if (changed.Count > 0) operations.Add(OvsdbOperation.Update(row.Table, there.Uuid, changed));
        }
        foreach (var table in NorthboundSchema.Roots.Order(StringComparer.Ordinal))
        {
            operations.AddRange(observed.Rows(table).Where(r => !kept.Contains(r.Uuid)).OrderBy(r => r.Uuid).Select(r => OvsdbOperation.Delete(table, r.Uuid)));
        }
        return operations;
    }

    /// <summary>Two rows with one key (two controllers wrote at once) are settled by taking the first and letting the other go.</summary>
    private static Dictionary<(string Table, string Key), OvsdbRow> Index(OvsdbReplica observed)
    {
        var index = new Dictionary<(string, string), OvsdbRow>();
        foreach (var table in NorthboundSchema.Monitor.Keys)
        {
            foreach (var row in observed.Rows(table).OrderBy(r => r.Uuid))
            {
                if (row["external_ids"].Find(NorthboundSchema.KeyId) is { } key) index.TryAdd((table, key), row);
            }
        }
        return index;
    }

    private static Dictionary<string, OvsdbDatum> Resolve(NorthboundRow row, Dictionary<string, OvsdbAtom> identifiers)
    {
        var columns = row.Columns.ToDictionary(c => c.Key, c => Resolve(c.Value, identifiers), StringComparer.Ordinal);
        columns[NorthboundRow.Notes] = OvsdbDatum.Map([.. columns.GetValueOrDefault(NorthboundRow.Notes, OvsdbDatum.EmptyMap).Pairs,
            KeyValuePair.Create(OvsdbAtom.Of(NorthboundSchema.KeyId), OvsdbAtom.Of(row.Key)), KeyValuePair.Create(OvsdbAtom.Of(NorthboundSchema.UidId), OvsdbAtom.Of(row.Uid))]);
        return columns;
    }

    private static OvsdbDatum Resolve(OvsdbDatum value, Dictionary<string, OvsdbAtom> identifiers) =>
        value.IsMap || value.Atoms.All(a => a.Kind != OvsdbAtomKind.NamedUuid)
            ? value
            : OvsdbDatum.Set(value.Atoms.Select(a => a.Kind == OvsdbAtomKind.NamedUuid ? identifiers[a.Text] : a));
}
