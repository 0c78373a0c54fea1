using Rempart.Api.Meta;

namespace Rempart.Api.Infra;

/// <summary>How a group of hosts is set up.</summary>
public sealed record HostProfileSpec : HostSetup
{
    /// <summary>Which hosts, by the labels of their Nodes; all of them when not said. Of several profiles that select a host the one whose name comes first counts, as a whole.</summary>
    public LabelSelector? Hosts { get; init; }
}
