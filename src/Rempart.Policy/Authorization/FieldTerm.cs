namespace Rempart.Policy.Authorization;

/// <summary>Reads a field selector just so far that it can be trusted to narrow a collection.</summary>
internal static class FieldTerm
{
    /// <summary>The value that the selector demands of a field; null when it demands none, or when anything in it is not plain.</summary>
    /// <param name="selector">Such as <c>status.nodeName=host1,metadata.name!=a</c>.</param>
    /// <param name="field">Path of a field.</param>
    public static string? ValueOf(string? selector, string field)
    {
        // Escapes could make one term look like two; nodes have no need of them.
        if (selector is null || selector.Contains('\\', StringComparison.Ordinal)) return null;
        foreach (var term in selector.Split(','))
        {
            var sign = term.IndexOf('=', StringComparison.Ordinal);
            if (sign <= 0 || term[sign - 1] == '!' || term[..sign] != field) continue;
            var value = term[(sign + 1)..];
            if (value.StartsWith('=')) value = value[1..];
            return value.Length == 0 || value.Contains('=', StringComparison.Ordinal) ? null : value;
        }

        return null;
    }
}
