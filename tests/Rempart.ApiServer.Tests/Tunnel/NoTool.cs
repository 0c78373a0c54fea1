extern alias agent;

using agent::Rempart.Node.Volumes;

namespace Rempart.ApiServer.Tests.Tunnel;

/// <summary>Kernels are kept as they come: no tool is needed.</summary>
internal sealed class NoTool : IJailedTool
{
    public Task<JailedToolResult> RunAsync(JailedToolRun run, CancellationToken cancellationToken) => throw new InvalidOperationException("no tool was to be run");
}
