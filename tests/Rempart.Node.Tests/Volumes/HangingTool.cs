using Rempart.Node.Volumes;

namespace Rempart.Node.Tests.Volumes;

/// <summary>A converter that hangs over the first disks that it gets, until it is let go or called off, and converts the others.</summary>
internal sealed class HangingTool(int disks) : IJailedTool, IDisposable
{
    private readonly UnjailedTool tool = new();
    private readonly TaskCompletionSource letGo = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly SemaphoreSlim hanging = new(0);
    private int seen;

    internal Task HangsAsync(CancellationToken cancellationToken) => hanging.WaitAsync(cancellationToken);

    public void Dispose() => hanging.Dispose();

    internal void LetGo() => letGo.TrySetResult();

    public async Task<JailedToolResult> RunAsync(JailedToolRun run, CancellationToken cancellationToken)
    {
        if (run.Arguments[0] == "convert" && Interlocked.Increment(ref seen) <= disks)
        {
            hanging.Release();
            await letGo.Task.WaitAsync(cancellationToken);
        }
        return await tool.RunAsync(run, cancellationToken);
    }
}
