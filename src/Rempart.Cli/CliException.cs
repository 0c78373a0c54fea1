namespace Rempart.Cli;

/// <summary>Ends a command with a sentence for people and an exit code.</summary>
/// <param name="message">The sentence; says what to do.</param>
/// <param name="exitCode">One of <see cref="ExitCode"/>.</param>
internal sealed class CliException(string message, int exitCode = ExitCode.Failed) : Exception(message)
{
    /// <summary>Exit code of the program.</summary>
    public int ExitCode { get; } = exitCode;
}
