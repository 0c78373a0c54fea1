using System.Text.RegularExpressions;

namespace Rempart.Repo.Tests;

/// <summary>The levels of docs and CI: their names are a list, and none of them may quietly run dry.</summary>
public sealed partial class LevelTests
{
    private static readonly Dictionary<string, int> Least = new(StringComparer.Ordinal)
    {
        ["conformance"] = 2,
        ["real"] = 10,
        ["simulation"] = 0,
        ["lab"] = 2,
        ["fuzz"] = 0,
    };

    [Fact]
    public void A_level_is_one_of_those_that_exist() =>
        Repository.None("a test level that is not in the list of LevelTests", Levels()
            .Where(entry => !Least.ContainsKey(entry.Level))
            .Select(entry => $"{entry.File}: {entry.Level}"));

    [Fact]
    public void No_level_has_run_dry() =>
        Repository.None("fewer classes or tests of a level than there must be", Least
            .Select(least => (least.Key, least.Value, Count: Levels().Count(entry => entry.Level == least.Key)))
            .Where(entry => entry.Count < entry.Value)
            .Select(entry => $"{entry.Key}: {entry.Count}, at least {entry.Value}"));

    private static IEnumerable<(string File, string Level)> Levels() => Repository.CSharp
        .Where(file => file.StartsWith("tests/", StringComparison.Ordinal) && !file.EndsWith("/LevelTests.cs", StringComparison.Ordinal))
        .SelectMany(file => Level().Matches(Repository.Read(file)).Select(match => (file, match.Groups["level"].Value)));

    [GeneratedRegex(@"Trait\(""level"",\s*""(?<level>[^""]*)""\)")]
    private static partial Regex Level();
}
