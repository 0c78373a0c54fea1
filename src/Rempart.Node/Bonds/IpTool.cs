using System.Text.Json;
using Rempart.Node.Networks;

namespace Rempart.Node.Bonds;

/// <summary>The host's network by iproute2's `ip`, without a shell.</summary>
/// <param name="networkNamespace">name of the network namespace; null for this process's.</param>
internal sealed class IpTool(string? networkNamespace = null)
{
    /// <exception cref="NetworkSetupException">it failed; says what it said.</exception>
    internal Task<string> RunAsync(IReadOnlyList<string> arguments, CancellationToken cancellationToken) =>
        NetworkTool.RunAsync(["ip", .. networkNamespace is null ? Array.Empty<string>() : ["-netns", networkNamespace], .. arguments], null, cancellationToken);

    /// <summary>The network as it is.</summary>
    /// <exception cref="NetworkSetupException">it can't be read.</exception>
    internal async Task<NetworkState> ReadAsync(CancellationToken cancellationToken)
    {
        try
        {
            return NetworkState.Parse(
                await RunAsync(["-json", "-details", "link", "show"], cancellationToken), await RunAsync(["-json", "address", "show"], cancellationToken),
                await RunAsync(["-json", "-4", "route", "show", "table", "all"], cancellationToken), await RunAsync(["-json", "-6", "route", "show", "table", "all"], cancellationToken));
        }
        catch (JsonException exception)
        {
            throw new NetworkSetupException($"`ip` said what can't be read: {exception.Message}", exception);
        }
    }
}
