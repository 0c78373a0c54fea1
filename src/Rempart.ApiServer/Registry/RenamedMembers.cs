using System.Text.Json.Nodes;

namespace Rempart.ApiServer.Registry;

/// <summary>A version that differs in the names of members at the top of the document.</summary>
/// <param name="names">Names in the stored form and in the served one.</param>
internal sealed class RenamedMembers(params (string Stored, string Served)[] names) : KindConversion
{
    public override JsonObject ToServed(JsonObject stored) => Rename(stored, names);

    public override JsonObject ToStored(JsonObject served) => Rename(served, names.Select(pair => (pair.Served, pair.Stored)));

    private static JsonObject Rename(JsonObject document, IEnumerable<(string From, string To)> names)
    {
        foreach (var (from, to) in names)
        {
            if (!document.Remove(from, out var value)) continue;
            document[to] = value;
        }

        return document;
    }
}
