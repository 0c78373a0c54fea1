using System.Text.RegularExpressions;

namespace Rempart.Repo.Tests;

public sealed partial class StyleTests
{
    private const int LongestFile = 400;

    [Fact]
    public void No_file_is_longer_than_one_idea() =>
        Repository.None($"more than {LongestFile} lines: split it by idea", Repository.CSharp.Concat(Repository.Scripts)
            .Select(file => (file, lines: Repository.Read(file).Count(letter => letter == '\n')))
            .Where(entry => entry.lines > LongestFile)
            .Select(entry => $"{entry.file}: {entry.lines}"));

    [Fact]
    public void A_file_holds_at_most_one_public_type_and_bears_its_name() =>
        Repository.None("a file with two public types, or with another name than its public type", Sources()
            .Select(file => (file, types: PublicType().Matches(Repository.Read(file)).Select(match => match.Groups["name"].Value).Distinct(StringComparer.Ordinal).ToArray()))
            .Where(entry => entry.types.Length > 1 || (entry.types.Length == 1 && entry.types[0] != Path.GetFileName(entry.file).Split('.')[0]))
            .Select(entry => $"{entry.file}: {string.Join(", ", entry.types)}"));

    [Fact]
    public void A_namespace_is_its_folder() =>
        Repository.None("a namespace that is not project and folder", Repository.CSharp
            .Select(file => (file, match: Namespace().Match(Repository.Read(file))))
            .Where(entry => entry.match.Success && entry.match.Groups["name"].Value != Path.GetDirectoryName(entry.file)!.Split('/', 2)[1].Replace('/', '.'))
            .Select(entry => $"{entry.file}: {entry.match.Groups["name"].Value}"));

    [Fact]
    public void Names_say_what_a_thing_is() =>
        Repository.None("a name that says nothing (Utils, Common, Manager, Helper)", Repository.CSharp
            .SelectMany(file => AnyType().Matches(Repository.Read(file)).Select(match => match.Groups["name"].Value)
                .Concat(file.Split('/'))
                .Where(name => EmptyName().IsMatch(name))
                .Select(name => $"{file}: {name}")));

    [Fact]
    public void Nothing_is_left_for_later_in_a_comment() =>
        Repository.None("a note for later: do it, or write it in the issue", Repository.CSharp.Concat(Repository.Scripts)
            .SelectMany(file => Repository.Lines(file, ForLater())));

    [Fact]
    public void No_path_of_one_machine_is_in_the_project() =>
        Repository.None("a path that exists on one machine only", TextFiles().SelectMany(file => Repository.Lines(file, MachinePath())));

    [Fact]
    public void A_silenced_warning_says_why() =>
        Repository.None("a `#pragma warning disable` without a reason behind `//`, or a SuppressMessage without a Justification", Repository.CSharp
            .SelectMany(file => Repository.Lines(file, SilentPragma())));

    [Fact]
    public void Sources_do_not_hide_from_the_compiler() =>
        Repository.None("`#nullable disable` or `#region`", Repository.CSharp.SelectMany(file => Repository.Lines(file, Hidden())));

    private static IEnumerable<string> Sources() => Repository.CSharp.Where(file => file.StartsWith("src/", StringComparison.Ordinal));

    private static IEnumerable<string> TextFiles() => Repository.Files.Where(file =>
        Path.GetExtension(file) is ".cs" or ".md" or ".sh" or ".json" or ".yaml" or ".csproj" or ".props" or "" && !file.EndsWith("packages.lock.json", StringComparison.Ordinal));

    [GeneratedRegex(@"^public (?:(?:static|sealed|abstract|partial|readonly|ref|file|unsafe) )*(?:class|interface|enum|delegate \S+|record struct|record class|record|struct) (?<name>\w+)", RegexOptions.Multiline)]
    private static partial Regex PublicType();

    [GeneratedRegex(@"\b(?:class|interface|enum|record struct|record class|record|struct) (?<name>[A-Z]\w+)")]
    private static partial Regex AnyType();

    [GeneratedRegex(@"^namespace (?<name>[\w.]+);", RegexOptions.Multiline)]
    private static partial Regex Namespace();

    [GeneratedRegex(@"(?:Utils?|Common|Manager|Helpers?)(?=[A-Z.]|$)")]
    private static partial Regex EmptyName();

    [GeneratedRegex(@"(?://|#|/\*).*\b(?:TO" + "DO|FIX" + "ME|XX" + @"X|HA" + @"CK)\b")]
    private static partial Regex ForLater();

    [GeneratedRegex("/wor" + "k/(?:main|shared)|/tmp/" + "h/|/home/[a-z]+/[a-z]")]
    private static partial Regex MachinePath();

    [GeneratedRegex(@"#pragma warning disable [A-Z0-9, ]+$|SuppressMessage\((?!.*Justification)")]
    private static partial Regex SilentPragma();

    [GeneratedRegex(@"^\s*#(?:nullable disable|region)\b")]
    private static partial Regex Hidden();
}
