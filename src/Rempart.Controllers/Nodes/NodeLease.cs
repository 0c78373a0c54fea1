using Rempart.Api.Coordination;
using Rempart.Api.Core;

namespace Rempart.Controllers.Nodes;

/// <summary>Signs of life of nodes.</summary>
internal static class NodeLease
{
    public const string Namespace = "kube-node-lease";

    private const int DefaultSeconds = 40;

    /// <summary>When the lease of a node lapses; a node without one has the usual time from its creation.</summary>
    public static DateTimeOffset LapsesAt(Node node, Lease? lease) =>
        (lease?.Spec?.RenewTime?.Value ?? node.Metadata.CreationTimestamp ?? DateTimeOffset.MinValue) + TimeSpan.FromSeconds(Math.Clamp(lease?.Spec?.LeaseDurationSeconds ?? DefaultSeconds, 1, 300));
}
