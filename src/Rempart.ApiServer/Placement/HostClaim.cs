using Rempart.Store;

namespace Rempart.ApiServer.Placement;

/// <summary>A place on a host that a write takes: what must be committed together with it. Others of this server wait for its end.</summary>
internal sealed class HostClaim(IReadOnlyList<StoreWrite> writes, Action<CommitResult> told, IReadOnlyList<IDisposable> turns) : IDisposable
{
    /// <summary>Keys of the same commit.</summary>
    public IReadOnlyList<StoreWrite> Writes => writes;

    /// <summary>What became of the commit.</summary>
    public void Tell(CommitResult result) => told(result);

    public void Dispose()
    {
        foreach (var turn in turns) turn.Dispose();
    }
}
