using System.CommandLine;
using Rempart.Cli.Resources;

namespace Rempart.Cli.Commands;

/// <summary>An argument that names objects of one kind.</summary>
internal sealed class NameArgument<T> : Argument<T>, INamesObjects
{
    private readonly string _kind;

    /// <param name="name">In the help.</param>
    /// <param name="kind">As the catalog finds it.</param>
    public NameArgument(string name, string kind) : base(name)
    {
        _kind = kind;
        CompletionSources.Add(_ => Known.Select(word => new System.CommandLine.Completions.CompletionItem(word)));
    }

    /// <inheritdoc/>
    public IReadOnlyList<string> Known { get; set; } = [];

    /// <inheritdoc/>
    public ResourceType? KindOf(ParseResult line, bool behind, ResourceCatalog catalog) => catalog.Find(_kind);
}
