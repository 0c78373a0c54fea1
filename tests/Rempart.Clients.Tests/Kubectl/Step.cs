namespace Rempart.Clients.Tests.Kubectl;

/// <summary>One part of a transcript: a command with what it prints and how it ends, a file that is written, or words between them.</summary>
/// <param name="Line">Its first line in the transcript, counted from 1.</param>
/// <param name="Head">That line.</param>
/// <param name="Body">The indented lines below it, without their indentation.</param>
/// <param name="Exit">The exit code that a command is to have.</param>
internal sealed record Step(int Line, string Head, IReadOnlyList<string> Body, int Exit)
{
    /// <summary>The command, or null.</summary>
    public string? Command => Head.StartsWith("$ ", StringComparison.Ordinal) ? Head[2..] : null;

    /// <summary>Name of the file that is written, or null.</summary>
    public string? File => Head.StartsWith("file ", StringComparison.Ordinal) ? Head[5..].Trim() : null;
}
