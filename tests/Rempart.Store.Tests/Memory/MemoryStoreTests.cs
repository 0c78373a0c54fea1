using Rempart.Testing.Store;

namespace Rempart.Store.Tests.Memory;

public sealed class MemoryStoreTests : StoreConformance
{
    protected override StoreHarness NewHarness() => new MemoryHarness();
}

public sealed class MemoryWatchTests : StoreWatchConformance
{
    protected override StoreHarness NewHarness() => new MemoryHarness();
}

public sealed class MemoryConcurrencyTests : StoreConcurrencyConformance
{
    protected override StoreHarness NewHarness() => new MemoryHarness();
}

public sealed class MemoryModelTests : StoreModelConformance
{
    protected override StoreHarness NewHarness() => new MemoryHarness();
}
