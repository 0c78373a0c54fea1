using System.CommandLine;
using Rempart.Cli.Resources;

namespace Rempart.Cli.Commands;

/// <summary>An option that names an object of one kind.</summary>
internal sealed class NameOption : Option<string?>, INamesObjects
{
    private readonly string _kind;

    /// <param name="name">With its dashes.</param>
    /// <param name="kind">As the catalog finds it.</param>
    public NameOption(string name, string kind) : base(name)
    {
        _kind = kind;
        CompletionSources.Add(_ => Known.Select(word => new System.CommandLine.Completions.CompletionItem(word)));
    }

    /// <inheritdoc/>
    public IReadOnlyList<string> Known { get; set; } = [];

    /// <inheritdoc/>
    public ResourceType? KindOf(ParseResult line, bool behind, ResourceCatalog catalog) => catalog.Find(_kind);
}
