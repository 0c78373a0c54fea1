namespace Rempart.Node.Volumes;

/// <summary>Runs a program that parses what a stranger wrote, where it can do nothing but that: no network, no files but its own and the descriptors handed to it.</summary>
internal interface IJailedTool
{
    /// <summary>Runs it to its end; nothing of it is left when this returns, however it returns.</summary>
    /// <exception cref="VolumeException"><see cref="VolumeFault.Failed"/>: it could not be started, or met its time limit.</exception>
    Task<JailedToolResult> RunAsync(JailedToolRun run, CancellationToken cancellationToken);
}
