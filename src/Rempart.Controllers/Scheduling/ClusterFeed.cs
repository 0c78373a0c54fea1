using Rempart.Api.Compute;
using Rempart.Api.Coordination;
using Rempart.Api.Core;
using Rempart.Api.Infra;
using Rempart.Api.Meta;
using Rempart.Api.Storage;
using Rempart.Policy.Placement;
using Rempart.Runtime.Controllers;

namespace Rempart.Controllers.Scheduling;

/// <summary>Keeps the model that placements are decided on in step with a controller's caches. For every controller that chooses hosts.</summary>
internal sealed class ClusterFeed
{
    private readonly Lock _gate = new();
    private readonly ClusterModel _model = new();
    private readonly ControllerContext _context;
    private readonly Action _opened;

    /// <param name="context">Its caches are followed; <see cref="Inputs"/> must be among what the controller reads.</param>
    /// <param name="opened">Told when something may have made room. Quick, and never throws.</param>
    public ClusterFeed(ControllerContext context, Action opened)
    {
        (_context, _opened) = (context, opened);
        Follow<Node>(_model.Put, node => _model.RemoveNode(node.Metadata.Name!));
        Follow<Lease>(lease => _model.Put(lease, context.Time.GetUtcNow()), _ => { });
        Follow<HostCluster>(_model.Put, cluster => _model.RemoveCluster(cluster.Metadata.Name!));
        Follow<Host>(_model.Put, host => _model.RemoveHost(host.Metadata.Name!));
        Follow<Image>(_model.Put, image => _model.RemoveImage(image.Metadata.Name!));
        Follow<PlacementRule>(_model.Put, rule => _model.RemoveRule(rule.Metadata.Namespace!, rule.Metadata.Name!));
        Follow<MachineMigration>(_model.Put, move => _model.RemoveMove(move.Metadata.Namespace!, move.Metadata.Name!));
        Follow<VirtualMachine>(_model.Put, machine => _model.RemoveMachine(machine.Metadata.Namespace!, machine.Metadata.Name!));
    }

    /// <summary>What is followed besides machines and volumes, which every controller of machines reads anyway.</summary>
    public static IReadOnlyList<ControllerInput> Inputs { get; } =
    [
        ControllerInput.Lookup<Node>(), ControllerInput.Lookup<Lease>(), ControllerInput.Lookup<HostCluster>(), ControllerInput.Lookup<Host>(), ControllerInput.Lookup<Image>(), ControllerInput.Lookup<PlacementRule>(),
        ControllerInput.Lookup<MachineMigration>(),
    ];

    /// <summary>See <see cref="ClusterModel.Openings"/>.</summary>
    public long Openings
    {
        get
        {
            lock (_gate) return _model.Openings;
        }
    }

    /// <summary>The cluster as the caches have it, and machines as they were assumed.</summary>
    public ClusterSnapshot Snapshot()
    {
        lock (_gate) return _model.Snapshot(_context.Time.GetUtcNow());
    }

    /// <summary>What a placement of a machine depends on.</summary>
    public MachineFacts FactsOf(VirtualMachine machine) => MachineFacts.Of(machine, name => _context.Cache<Volume>().Get(new(machine.Metadata.Namespace, name)));

    /// <inheritdoc cref="ClusterModel.Assume"/>
    public void Assume(MachineFacts machine, string node)
    {
        lock (_gate) _model.Assume(machine, node);
    }

    /// <summary>A move has begun, although the cache may not show it yet.</summary>
    public void Assume(MachineMigration move)
    {
        lock (_gate) _model.Put(move);
    }

    /// <inheritdoc cref="ClusterModel.IsPlaced"/>
    public bool IsPlaced(VirtualMachine machine)
    {
        lock (_gate) return _model.IsPlaced(machine.Metadata.Namespace!, machine.Metadata.Name!, machine.Metadata.Uid);
    }

    private void Follow<T>(Action<T> put, Action<T> remove) where T : ApiObject => _context.Cache<T>().Subscribe((old, now) =>
    {
        bool opened;
        lock (_gate)
        {
            var before = _model.Openings;
            if (now is not null) put(now);
            else remove(old!);
            opened = _model.Openings != before;
        }

        if (opened) _opened();
    });
}
