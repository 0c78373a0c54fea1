using Rempart.Api.Compute;
using Rempart.Api.Coordination;
using Rempart.Api.Core;
using Rempart.Api.Infra;
using Rempart.Api.Meta;
using Rempart.Api.Storage;
using Rempart.ApiServer.Objects;
using Rempart.Policy.Placement;

namespace Rempart.ApiServer.Placement;

/// <summary>The server's own model of hosts and what is on them, in step with its cache of objects.</summary>
internal sealed class PlacementCache(TimeProvider time)
{
    private readonly Lock _gate = new();
    private readonly ClusterModel _model = new();

    /// <summary>Follows a cache that has not been filled yet.</summary>
    public void Observe(IObjectReader reader)
    {
        Follow<Node>(reader, _model.Put, (_, name) => _model.RemoveNode(name));
        Follow<Lease>(reader, lease => _model.Put(lease, time.GetUtcNow()), (_, _) => { });
        Follow<HostCluster>(reader, _model.Put, (_, name) => _model.RemoveCluster(name));
        Follow<Host>(reader, _model.Put, (_, name) => _model.RemoveHost(name));
        Follow<Image>(reader, _model.Put, (_, name) => _model.RemoveImage(name));
        Follow<PlacementRule>(reader, _model.Put, (ns, name) => _model.RemoveRule(ns!, name));
        Follow<MachineMigration>(reader, _model.Put, (ns, name) => _model.RemoveMove(ns!, name));
        Follow<VirtualMachine>(reader, _model.Put, (ns, name) => _model.RemoveMachine(ns!, name));
    }

    public ClusterSnapshot Snapshot()
    {
        lock (_gate) return _model.Snapshot(time.GetUtcNow());
    }

    /// <inheritdoc cref="ClusterModel.IsMovingTo"/>
    public bool IsMovingTo(string ns, string name, string node)
    {
        lock (_gate) return _model.IsMovingTo(ns, name, node);
    }

    private void Follow<T>(IObjectReader reader, Action<T> put, Action<string?, string> remove) where T : ApiObject => reader.Observe(new Follower<T>(_gate, put, remove));

    private sealed class Follower<T>(Lock gate, Action<T> put, Action<string?, string> remove) : IObjectObserver<T> where T : ApiObject
    {
        public void Put(T value)
        {
            lock (gate) put(value);
        }

        public void Remove(string? ns, string name)
        {
            lock (gate) remove(ns, name);
        }
    }
}
