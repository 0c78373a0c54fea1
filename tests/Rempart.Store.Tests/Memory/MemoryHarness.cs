using Rempart.Store.Memory;
using Rempart.Testing.Store;

namespace Rempart.Store.Tests.Memory;

internal sealed class MemoryHarness : StoreHarness
{
    public override bool IsDurable => false;

    public override ValueTask<IStore> OpenAsync(CancellationToken cancellationToken) => ValueTask.FromResult<IStore>(new MemoryStore());

    public override ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
