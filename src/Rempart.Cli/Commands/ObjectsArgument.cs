using System.CommandLine;
using Rempart.Cli.Resources;

namespace Rempart.Cli.Commands;

/// <summary>A kind and names of its objects (<c>vm first second</c>), as <see cref="ObjectNames"/> reads them.</summary>
internal sealed class ObjectsArgument : Argument<string[]>, INamesObjects
{
    public ObjectsArgument() : base("kind") => CompletionSources.Add(_ => Known.Select(word => new System.CommandLine.Completions.CompletionItem(word)));

    /// <inheritdoc/>
    public IReadOnlyList<string> Known { get; set; } = [];

    /// <inheritdoc/>
    public ResourceType? KindOf(ParseResult line, bool behind, ResourceCatalog catalog)
    {
        var words = line.GetResult(this)?.Tokens ?? [];
        return words.Count > (behind ? 0 : 1) ? catalog.Find(words[0].Value) : null;
    }
}
