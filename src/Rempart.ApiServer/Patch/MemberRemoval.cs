using System.Text.Json.Nodes;

namespace Rempart.ApiServer.Patch;

/// <summary>Removes many members at once: one by one each removal would shift all that follow, and a patch can name 100,000.</summary>
internal static class MemberRemoval
{
    private const int Few = 8;

    /// <summary>Removes the members with these names; names that are not there are ignored.</summary>
    public static void Remove(JsonObject target, IReadOnlySet<string> names)
    {
        if (names.Count <= Few)
        {
            foreach (var name in names) target.Remove(name);
            return;
        }

        var members = target.ToArray();
        target.Clear();
        foreach (var (name, value) in members)
        {
            if (!names.Contains(name)) target.Add(name, value);
        }
    }
}
