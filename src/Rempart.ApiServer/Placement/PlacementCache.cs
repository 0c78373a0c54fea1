using Rempart.Api.Meta;
using Rempart.ApiServer.Objects;
using Rempart.Policy.Placement;

namespace Rempart.ApiServer.Placement;

/// <summary>The server's own model of hosts and what is on them, in step with its cache of objects.</summary>
internal sealed class PlacementCache(TimeProvider time)
{
    private readonly Lock _gate = new();
    private readonly ClusterModel _model = new();

    /// <summary>Follows a cache that has not been filled yet.</summary>
    public void Observe(IObjectReader reader) => _model.Follow(new Source(reader, _gate), time);

    public ClusterSnapshot Snapshot()
    {
        lock (_gate) return _model.Snapshot(time.GetUtcNow());
    }

    /// <inheritdoc cref="ClusterModel.IsMovingTo"/>
    public bool IsMovingTo(string ns, string name, string node)
    {
        lock (_gate) return _model.IsMovingTo(ns, name, node);
    }

    private sealed class Source(IObjectReader reader, Lock gate) : IClusterSource
    {
        public void Follow<T>(Action<T> put, Action<string?, string> remove) where T : ApiObject => reader.Observe(new Follower<T>(gate, put, remove));
    }

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
