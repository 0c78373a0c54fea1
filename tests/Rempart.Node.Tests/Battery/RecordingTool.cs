using Rempart.Node.Volumes;

namespace Rempart.Node.Tests.Battery;

/// <summary>Keeps what a tool in its jail printed, of which the fetcher looks at a line or two only.</summary>
internal sealed class RecordingTool(IJailedTool inner) : IJailedTool
{
    internal JailedToolResult? Last { get; private set; }

    public async Task<JailedToolResult> RunAsync(JailedToolRun run, CancellationToken cancellationToken) => Last = await inner.RunAsync(run, cancellationToken);
}
