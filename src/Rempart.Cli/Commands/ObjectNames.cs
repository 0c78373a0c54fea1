namespace Rempart.Cli.Commands;

/// <summary>The objects that arguments name: <c>vm first second</c> or <c>vm/first vol/data</c>.</summary>
internal static class ObjectNames
{
    /// <summary>Pairs of kind word and name; a null name stands for all objects of the kind.</summary>
    /// <param name="arguments">What the person wrote.</param>
    public static IReadOnlyList<(string Kind, string? Name)> Parse(IReadOnlyList<string> arguments)
    {
        if (arguments.Count == 0) throw new CliException("name a kind, such as `vm` (see `rempart api-resources`)", ExitCode.Usage);
        if (arguments.Any(a => a.Contains('/', StringComparison.Ordinal)))
        {
            return [.. arguments.Select(a => a.Split('/', 2) is [{ Length: > 0 } kind, { Length: > 0 } name] ? (kind, (string?)name)
                : throw new CliException($"`{a}` must be written as `kind/name` when one argument is", ExitCode.Usage))];
        }

        return arguments.Count == 1 ? [(arguments[0], null)] : [.. arguments.Skip(1).Select(n => (arguments[0], (string?)n))];
    }
}
