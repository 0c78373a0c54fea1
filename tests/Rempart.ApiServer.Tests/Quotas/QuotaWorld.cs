using Rempart.ApiServer.Tests.Http;
using Rempart.Store.Memory;

namespace Rempart.ApiServer.Tests.Quotas;

/// <summary>Several servers over one store.</summary>
internal sealed record QuotaWorld(MemoryStore Store, IReadOnlyList<TestServer> Servers, IReadOnlyList<SharedStore> Ways) : IAsyncDisposable
{
    public static async Task<QuotaWorld> StartAsync(int count)
    {
        var store = new MemoryStore();
        List<SharedStore> ways = [.. Enumerable.Range(0, count).Select(_ => new SharedStore(store))];
        var servers = new List<TestServer>();
        // Without the bounds of clients: it is the writers that are looked at.
        foreach (var way in ways)
        {
            servers.Add(await TestServer.StartAsync(way, options => options with
            {
                Flow = options.Flow with { Tenants = options.Flow.Tenants with { SeatsOfClient = 64, Requests = null, Recorded = null } },
            }));
        }

        return new QuotaWorld(store, servers, ways);
    }

    /// <summary>A full count finds nothing to set right, and writes nothing.</summary>
    public async Task NothingIsWrongAsync(string ns)
    {
        foreach (var server in Servers)
        {
            // Quotas that nobody has met yet are counted the first time, which is no repair.
            Assert.Empty(await server.Host.RecountAsync(ns));
            var before = (await Store.CurrentAsync(CancellationToken.None)).Revision;
            Assert.Empty(await server.Host.RecountAsync(ns));
            Assert.Equal(before, (await Store.CurrentAsync(CancellationToken.None)).Revision);
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var server in Servers) await server.DisposeAsync();
        await Store.DisposeAsync();
    }
}
