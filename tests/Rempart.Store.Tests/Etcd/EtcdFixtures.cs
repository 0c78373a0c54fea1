using Rempart.Testing.Etcd;

namespace Rempart.Store.Tests.Etcd;

/// <summary>A cluster for all tests of a class.</summary>
public abstract class EtcdFixture(int members) : IAsyncLifetime
{
    public EtcdCluster Cluster { get; private set; } = null!;

    public async ValueTask InitializeAsync() => Cluster = await EtcdCluster.StartAsync(members, CancellationToken.None);

    public async ValueTask DisposeAsync()
    {
        await Cluster.DisposeAsync();
        GC.SuppressFinalize(this);
    }
}

public sealed class SingleEtcd() : EtcdFixture(1);

public sealed class ThreeEtcds() : EtcdFixture(3);
