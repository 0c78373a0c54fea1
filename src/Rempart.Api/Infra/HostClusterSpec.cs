namespace Rempart.Api.Infra;

/// <summary>What holds for the hosts of a cluster.</summary>
public sealed record HostClusterSpec
{
    /// <summary>How much more than they have its hosts give out.</summary>
    public HostOvercommit? Overcommit { get; init; }
}
