using Rempart.Api.Compute;
using Rempart.Api.Meta;
using Rempart.Api.Storage;
using Rempart.Policy.Placement;
using Rempart.Runtime.Controllers;

namespace Rempart.Controllers.Scheduling;

/// <summary>Keeps the model that placements are decided on in step with a controller's caches. For every controller that chooses hosts.</summary>
internal sealed class ClusterFeed : IClusterSource
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
        _model.Follow(this, context.Time);
    }

    /// <summary>What is followed besides machines and volumes, which every controller of machines reads anyway.</summary>
    public static IReadOnlyList<ControllerInput> Inputs { get; } = Kinds.Looked();

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

    void IClusterSource.Follow<T>(Action<T> put, Action<string?, string> remove) => _context.Cache<T>().Subscribe((old, now) =>
    {
        bool opened;
        lock (_gate)
        {
            var before = _model.Openings;
            if (now is not null) put(now);
            else remove(old!.Metadata.Namespace, old.Metadata.Name!);
            opened = _model.Openings != before;
        }

        if (opened) _opened();
    });

    // Follows nothing: lists what would be.
    private sealed class Kinds : IClusterSource
    {
        private readonly List<ControllerInput> _inputs = [];

        public static List<ControllerInput> Looked()
        {
            var kinds = new Kinds();
            new ClusterModel().Follow(kinds, TimeProvider.System);
            return kinds._inputs;
        }

        public void Follow<T>(Action<T> put, Action<string?, string> remove) where T : ApiObject
        {
            if (typeof(T) != typeof(VirtualMachine)) _inputs.Add(ControllerInput.Lookup<T>());
        }
    }
}
