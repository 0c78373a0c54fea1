using Rempart.Api.Coordination;
using Rempart.Api.Core;
using Rempart.Policy.Placement;

namespace Rempart.Controllers.Nodes;

/// <summary>Signs of life of nodes: as placements see them.</summary>
internal static class NodeLease
{
    public const string Namespace = HostLease.Namespace;

    /// <inheritdoc cref="HostLease.LapsesAt"/>
    public static DateTimeOffset LapsesAt(Node node, Lease? lease) => HostLease.LapsesAt(node, lease);
}
