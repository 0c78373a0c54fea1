using Rempart.Store;

namespace Rempart.Testing.Store;

/// <summary>A store under test and its surroundings: each harness has data of its own and leaves nothing behind.</summary>
public abstract class StoreHarness : IAsyncDisposable
{
    /// <summary>Opens the store; after the one before was disposed, the same data if <see cref="IsDurable"/>.</summary>
    public abstract ValueTask<IStore> OpenAsync(CancellationToken cancellationToken);

    /// <summary>Whether data outlives the store object.</summary>
    public abstract bool IsDurable { get; }

    public abstract ValueTask DisposeAsync();
}
