namespace Rempart.Node.Jail;

/// <summary>Reads what ldd(1) prints; pure.</summary>
internal static class LibraryClosure
{
    /// <summary>Absolute paths of the libraries and of the loader; the kernel's own (vdso) has none.</summary>
    /// <exception cref="FormatException">a library was not found.</exception>
    internal static IReadOnlyList<string> Parse(string output)
    {
        var paths = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var raw in output.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            var arrow = raw.IndexOf("=>", StringComparison.Ordinal);
            var line = arrow < 0 ? raw : raw[(arrow + 2)..].TrimStart();
            if (line.StartsWith("not found", StringComparison.Ordinal)) throw new FormatException($"the library `{raw[..arrow].Trim()}` is not installed");
            if (!line.StartsWith('/')) continue;
            var end = line.IndexOf(' ', StringComparison.Ordinal);
            paths.Add(end < 0 ? line : line[..end]);
        }
        return [.. paths];
    }
}
