using Rempart.Node.Workloads;

namespace Rempart.Node.Networks;

/// <summary>The host's own programs that configure networks: `ip`, `nft`, `ovsdb-tool`, ….</summary>
internal static class NetworkTool
{
    private static readonly TimeSpan _limit = TimeSpan.FromSeconds(30);

    /// <returns>what it wrote to its standard output.</returns>
    /// <exception cref="NetworkSetupException">it is missing, failed, or did not end within 30 s.</exception>
    internal static async Task<string> RunAsync(IReadOnlyList<string> command, string? input, CancellationToken cancellation)
    {
        try
        {
            return await HostCommand.OutputAsync(command[0], [.. command.Skip(1)], input, _limit, TimeProvider.System, cancellation);
        }
        catch (WorkloadException exception)
        {
            throw new NetworkSetupException(exception.Message, exception);
        }
    }
}
