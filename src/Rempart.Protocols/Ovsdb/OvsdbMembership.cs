using System.Text.Json;

namespace Rempart.Protocols.Ovsdb;

/// <summary>
/// What a server says of its part in a database's cluster (database `_Server`, ovsdb-server(5)). A member that lost the others has an
/// old copy and would keep a client for ever; one that does not lead is slower to write to, and learns of changes later.
/// </summary>
/// <param name="database">the database that the client is of.</param>
/// <param name="leaderOnly">no other member will do.</param>
internal sealed class OvsdbMembership(string database, bool leaderOnly)
{
    internal const string Database = "_Server";
    internal const string MonitorName = "rempart-server";

    internal static readonly IReadOnlyDictionary<string, IReadOnlyList<string>> Monitor = new Dictionary<string, IReadOnlyList<string>>(StringComparer.Ordinal)
    {
        ["Database"] = ["name", "model", "connected", "leader"],
    };

    private readonly TaskCompletionSource<string> _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private OvsdbReplica _replica = OvsdbReplica.Empty;

    /// <summary>Says why the server is no longer, or was never, one to stay with.</summary>
    internal Task<string> Ended => _ended.Task;

    /// <summary>Follows `table-updates2` of <see cref="Monitor"/>; the first ones are the whole.</summary>
    internal void Follow(JsonElement updates, OvsdbSchema schema)
    {
        _replica = _replica.Apply(updates, schema, Monitor);
        if (Problem(_replica, database, leaderOnly) is { } problem) _ended.TrySetResult(problem);
    }

    /// <returns>why not to stay with the server; null when it will do. A database that stands alone always does.</returns>
    internal static string? Problem(OvsdbReplica server, string database, bool leaderOnly)
    {
        var row = server.Rows("Database").FirstOrDefault(d => d["name"].Text == database);
        if (row is null) return $"the server has no database `{database}`";
        if (row["model"].Text != "clustered") return null;
        if (!Is(row, "connected")) return "the member has lost the others";
        return leaderOnly && !Is(row, "leader") ? "the member does not lead" : null;
    }

    private static bool Is(OvsdbRow row, string column) => row[column].Atoms.FirstOrDefault().Text == "true";
}
