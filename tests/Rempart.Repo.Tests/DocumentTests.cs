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

    [GeneratedRegex(@"(?<!!)\[[^\]]*\]\((?<target>[^)\s]+)\)")]
    private static partial Regex Link();

    [GeneratedRegex(@"(?:^|[`$ ])\./dev (?<verb>[a-z]+)", RegexOptions.Multiline)]
    private static partial Regex DevCommand();

    [GeneratedRegex(@"^(?:\$ )?rempart (?<verb>[a-z]+)", RegexOptions.Multiline)]
    private static partial Regex CliCommand();
}
