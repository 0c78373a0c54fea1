using System.Text.RegularExpressions;

namespace Rempart.Repo.Tests;

public sealed partial class DocumentTests
{
    [Fact]
    public void A_link_leads_somewhere() =>
        Repository.None("a link to a file that does not exist", Repository.Documents
            .SelectMany(document => Link().Matches(Repository.Read(document))
                .Select(match => match.Groups["target"].Value.Split('#')[0])
                .Where(target => target.Length > 0 && !target.Contains("://", StringComparison.Ordinal) && !target.StartsWith("mailto:", StringComparison.Ordinal))
                .Where(target => !Repository.Exists(Path.Combine(Path.GetDirectoryName(document)!, target)))
                .Select(target => $"{document}: {target}")));

    [Fact]
    public void A_dev_command_in_a_document_exists()
    {
        string dev = Repository.Read("dev");
        Repository.None("a `./dev` command that `dev` does not know", Repository.Documents
            .SelectMany(document => DevCommand().Matches(Repository.Read(document))
                .Select(match => match.Groups["verb"].Value)
                .Where(verb => !Regex.IsMatch(dev, $@"^\s*{verb}\)", RegexOptions.Multiline, TimeSpan.FromSeconds(1)))
                .Select(verb => $"{document}: ./dev {verb}")));
    }

    [Fact]
    public void A_rempart_command_in_a_document_exists()
    {
        string cli = string.Concat(Repository.CSharp.Where(file => file.StartsWith("src/Rempart.Cli/", StringComparison.Ordinal)).Select(Repository.Read));
        Repository.None("a `rempart` command that the CLI does not know", Repository.Documents
            .Where(document => !document.StartsWith("docs/design/", StringComparison.Ordinal))
            .SelectMany(document => CliCommand().Matches(Repository.Read(document))
                .Select(match => match.Groups["verb"].Value)
                .Where(verb => !cli.Contains($"\"{verb}\"", StringComparison.Ordinal))
                .Select(verb => $"{document}: rempart {verb}")));
    }

    [Fact]
    public void A_test_that_a_document_names_exists()
    {
        var tests = Repository.CSharp.Where(file => file.StartsWith("tests/", StringComparison.Ordinal)).ToLookup(file => Path.GetFileNameWithoutExtension(file), StringComparer.Ordinal);
        Repository.None("a test that is named as evidence and does not exist", Repository.Documents
            .SelectMany(document => TestName().Matches(Repository.Read(document))
                .Where(match => !tests[match.Groups["class"].Value].Any(file => Repository.Read(file).Contains($" {match.Groups["test"].Value}(", StringComparison.Ordinal)))
                .Select(match => $"{document}: {match.Value}")));
    }

    [Fact]
    public void A_class_of_tests_that_a_document_names_exists()
    {
        var classes = Repository.CSharp.Where(file => file.StartsWith("tests/", StringComparison.Ordinal)).Select(file => Path.GetFileNameWithoutExtension(file)!).ToHashSet(StringComparer.Ordinal);
        Repository.None("a class of tests that is named as evidence and does not exist", Repository.Documents
            .SelectMany(document => TestClass().Matches(Repository.Read(document))
                .Select(match => match.Groups["class"].Value)
                .Where(name => !classes.Contains(name))
                .Select(name => $"{document}: {name}")));
    }

    [GeneratedRegex(@"`(?<class>[A-Z]\w+(?:Tests|Stories|Properties))`")]
    private static partial Regex TestClass();

    [GeneratedRegex(@"\b(?<class>[A-Z]\w+(?:Tests|Stories))\.(?<test>[A-Z]\w+)")]
    private static partial Regex TestName();

    [GeneratedRegex(@"(?<!!)\[[^\]]*\]\((?<target>[^)\s]+)\)")]
    private static partial Regex Link();

    [GeneratedRegex(@"(?:^|[`$ ])\./dev (?<verb>[a-z]+)", RegexOptions.Multiline)]
    private static partial Regex DevCommand();

    [GeneratedRegex(@"^(?:\$ )?rempart (?<verb>[a-z]+)", RegexOptions.Multiline)]
    private static partial Regex CliCommand();
}
