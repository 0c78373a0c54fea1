namespace Rempart.Node.Volumes;

/// <summary>How a tool ended.</summary>
/// <param name="ExitCode">0 for success.</param>
/// <param name="Output">what it printed, standard output and error, at most 64 KiB; a stranger's file may have chosen it.</param>
internal sealed record JailedToolResult(int ExitCode, string Output)
{
    /// <summary>It printed more than was kept.</summary>
    public bool IsCut { get; init; }
}
