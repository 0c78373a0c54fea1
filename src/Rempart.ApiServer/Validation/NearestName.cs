namespace Rempart.ApiServer.Validation;

/// <summary>The name that was probably meant: one that differs by a letter or two, or in case only.</summary>
internal static class NearestName
{
    // What a client sends is compared no further than this: names of fields are shorter.
    private const int Longest = 48;
    private const int Most = 2;

    /// <summary>The nearest of the names that there are; null when none is near.</summary>
    /// <param name="given">What was written.</param>
    /// <param name="known">What there is.</param>
    public static string? Of(string given, IEnumerable<string> known)
    {
        if (given.Length is 0 or > Longest) return null;
        var (best, distance) = ((string?)null, Most + 1);
        foreach (var name in known)
        {
            var here = name.Equals(given, StringComparison.OrdinalIgnoreCase) ? 0 : Distance(given, name);
            // Of a short name two letters are nearly all: nothing is guessed there.
            if (here >= distance || here >= Math.Min(given.Length, name.Length) - 1) continue;
            (best, distance) = (name, here);
        }

        return best;
    }

    // Levenshtein's, in two rows.
    private static int Distance(string a, string b)
    {
        if (Math.Abs(a.Length - b.Length) > Most) return Most + 1;
        var (above, row) = (Enumerable.Range(0, b.Length + 1).ToArray(), new int[b.Length + 1]);
        for (var i = 1; i <= a.Length; i++)
        {
            row[0] = i;
            for (var j = 1; j <= b.Length; j++) row[j] = Math.Min(Math.Min(row[j - 1], above[j]) + 1, above[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1));
            (above, row) = (row, above);
        }

        return above[b.Length];
    }
}
