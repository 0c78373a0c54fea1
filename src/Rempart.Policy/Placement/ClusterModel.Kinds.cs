using Rempart.Api.Compute;
using Rempart.Api.Coordination;
using Rempart.Api.Core;
using Rempart.Api.Infra;
using Rempart.Api.Networking;
using Rempart.Api.Storage;

namespace Rempart.Policy.Placement;

/// <content>The kinds that a model is made of: one list for everybody who keeps one.</content>
public sealed partial class ClusterModel
{
    /// <summary>Follows all that placements depend on, but volumes, which <see cref="MachineFacts"/> asks for one by one.</summary>
    /// <param name="source">Where the objects are.</param>
    /// <param name="time">Leases count from when they were seen.</param>
    public void Follow(IClusterSource source, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(time);
        source.Follow<Node>(Put, (_, name) => RemoveNode(name));
        source.Follow<Lease>(lease => Put(lease, time.GetUtcNow()), (_, _) => { });
        source.Follow<HostCluster>(Put, (_, name) => RemoveCluster(name));
        source.Follow<Host>(Put, (_, name) => RemoveHost(name));
        source.Follow<Network>(Put, (ns, name) => RemoveNetwork(ns!, name));
        source.Follow<Image>(Put, (_, name) => RemoveImage(name));
        source.Follow<PlacementRule>(Put, (ns, name) => RemoveRule(ns!, name));
        source.Follow<MachineMigration>(Put, (ns, name) => RemoveMove(ns!, name));
        source.Follow<VirtualMachine>(Put, (ns, name) => RemoveMachine(ns!, name));
    }
}
