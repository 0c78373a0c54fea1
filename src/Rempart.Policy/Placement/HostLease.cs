using Rempart.Api.Coordination;
using Rempart.Api.Core;

namespace Rempart.Policy.Placement;

/// <summary>Signs of life of hosts.</summary>
public static class HostLease
{
    /// <summary>Namespace of their leases, each named after its node.</summary>
    public const string Namespace = "kube-node-lease";

    private const int DefaultSeconds = 40;

    /// <summary>When the lease of a node lapses; a node without one has the usual time from its creation.</summary>
    /// <param name="node">The node.</param>
    /// <param name="lease">Its lease, if there is one.</param>
    public static DateTimeOffset LapsesAt(Node node, Lease? lease)
    {
        ArgumentNullException.ThrowIfNull(node);
        return (lease?.Spec?.RenewTime?.Value ?? node.Metadata.CreationTimestamp ?? DateTimeOffset.MinValue) + TimeSpan.FromSeconds(Math.Clamp(lease?.Spec?.LeaseDurationSeconds ?? DefaultSeconds, 1, 300));
    }
}
