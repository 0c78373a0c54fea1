using Rempart.Api.Coordination;
using Rempart.Api.Core;

namespace Rempart.Policy.Placement;

/// <summary>Signs of life of hosts.</summary>
public static class HostLease
{
    /// <summary>Namespace of their leases, each named after its node.</summary>
    public const string Namespace = "kube-node-lease";

    private const int DefaultSeconds = 40;

    /// <summary>When a node lapses that has no lease: the usual time after its creation.</summary>
    /// <param name="node">The node.</param>
    public static DateTimeOffset LapsesAt(Node node)
    {
        ArgumentNullException.ThrowIfNull(node);
        return (node.Metadata.CreationTimestamp ?? DateTimeOffset.MinValue) + Lasts(null);
    }

    /// <summary>How long a renewal lasts: 1 to 300 seconds, whatever the node says.</summary>
    internal static TimeSpan Lasts(Lease? lease) => TimeSpan.FromSeconds(Math.Clamp(lease?.Spec?.LeaseDurationSeconds ?? DefaultSeconds, 1, 300));
}
