using System.CommandLine;
using Rempart.Cli.Resources;

namespace Rempart.Cli.Commands;

/// <summary>An argument or option whose words the shell's completion has to ask the server for.</summary>
internal interface INamesObjects
{
    /// <summary>The words that are offered; filled before the completion is made, which can't wait for a server.</summary>
    IReadOnlyList<string> Known { get; set; }

    /// <summary>What is asked for.</summary>
    /// <param name="line">The line so far.</param>
    /// <param name="behind">True when a new word is begun, false within the last one.</param>
    /// <param name="catalog">The server's kinds.</param>
    /// <returns>The kind whose objects are meant; null when the kinds themselves are.</returns>
    ResourceType? KindOf(ParseResult line, bool behind, ResourceCatalog catalog);
}
