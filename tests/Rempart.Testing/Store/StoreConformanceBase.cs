using Rempart.Store;
using Xunit;

namespace Rempart.Testing.Store;

/// <summary>Opens a harness' store before each test of a suite.</summary>
public abstract class StoreConformanceBase : IAsyncLifetime
{
    private readonly Lazy<StoreHarness> _harness;

    protected StoreConformanceBase() => _harness = new Lazy<StoreHarness>(NewHarness);

    protected IStore Store { get; private set; } = null!;

    protected StoreHarness Harness => _harness.Value;

    protected abstract StoreHarness NewHarness();

    public async ValueTask InitializeAsync() => Store = await Harness.OpenAsync(CancellationToken.None);

    public async ValueTask DisposeAsync()
    {
        await Store.DisposeAsync();
        await Harness.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    /// <summary>Closes and opens the store if its data outlives it.</summary>
    protected async Task ReopenAsync()
    {
        if (Harness.IsDurable)
        {
            await Store.DisposeAsync();
            Store = await Harness.OpenAsync(CancellationToken.None);
        }
    }
}
