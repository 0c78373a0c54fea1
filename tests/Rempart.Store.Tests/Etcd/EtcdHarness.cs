using Rempart.Store.Etcd;
using Rempart.Testing.Etcd;
using Rempart.Testing.Store;

namespace Rempart.Store.Tests.Etcd;

/// <summary>A store of its own in a cluster that many tests share.</summary>
internal sealed class EtcdHarness(EtcdCluster cluster) : StoreHarness
{
    private static int _instances;
    private readonly string _instance = $"t{Interlocked.Increment(ref _instances)}";

    public override bool IsDurable => true;

    public override async ValueTask<IStore> OpenAsync(CancellationToken cancellationToken) => await EtcdStore.OpenAsync(cluster.Options(_instance), cancellationToken);

    public override ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
