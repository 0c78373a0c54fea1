using System.Net;
using System.Net.NetworkInformation;

namespace Rempart.Node.Fetching;

/// <summary>What a fetch needs of its host.</summary>
internal sealed record FetchSettings
{
    public string Curl { get; init; } = "/usr/bin/curl";

    /// <summary>Certificate authorities that count unless an image names another.</summary>
    public string AuthoritiesFile { get; init; } = "/etc/ssl/certs/ca-certificates.crt";

    /// <summary>Addresses that are no part of the Internet for this host though they look like it.</summary>
    public Func<CancellationToken, Task<IReadOnlyCollection<IPAddress>>> OwnAddresses { get; init; } = _ => Task.FromResult<IReadOnlyCollection<IPAddress>>([.. Here()]);

    /// <summary>Looks up names.</summary>
    public Func<string, CancellationToken, Task<IPAddress[]>> Resolve { get; init; } = Dns.GetHostAddressesAsync;

    /// <summary>After so long a run of the fetcher ends, and the next goes on from there.</summary>
    public TimeSpan LongestRun { get; init; } = TimeSpan.FromHours(1);

    /// <summary>Seconds in which less than 16 KiB/s come before a source counts as broken off.</summary>
    public int StallSeconds { get; init; } = 60;

    /// <summary>The addresses of this host's interfaces.</summary>
    internal static IEnumerable<IPAddress> Here() => NetworkInterface.GetAllNetworkInterfaces().SelectMany(nic => nic.GetIPProperties().UnicastAddresses).Select(address => address.Address);
}
