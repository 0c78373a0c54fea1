using Rempart.Testing.Store;

namespace Rempart.Store.Tests.Etcd;

[Trait("level", "real")]
public sealed class EtcdConformanceTests(SingleEtcd etcd) : StoreConformance, IClassFixture<SingleEtcd>
{
    protected override StoreHarness NewHarness() => new EtcdHarness(etcd.Cluster);
}

[Trait("level", "real")]
public sealed class EtcdWatchTests(SingleEtcd etcd) : StoreWatchConformance, IClassFixture<SingleEtcd>
{
    protected override StoreHarness NewHarness() => new EtcdHarness(etcd.Cluster);
}

[Trait("level", "real")]
public sealed class EtcdConcurrencyTests(SingleEtcd etcd) : StoreConcurrencyConformance, IClassFixture<SingleEtcd>
{
    protected override StoreHarness NewHarness() => new EtcdHarness(etcd.Cluster);
}

[Trait("level", "real")]
public sealed class EtcdModelTests(SingleEtcd etcd) : StoreModelConformance, IClassFixture<SingleEtcd>
{
    /// <summary>Each commit waits for the disk: fewer sequences than of stores that commit in groups.</summary>
    protected override int Sequences => 30;

    protected override StoreHarness NewHarness() => new EtcdHarness(etcd.Cluster);
}

[Trait("level", "real")]
public sealed class EtcdClusterConformanceTests(ThreeEtcds etcd) : StoreConformance, IClassFixture<ThreeEtcds>
{
    protected override StoreHarness NewHarness() => new EtcdHarness(etcd.Cluster);
}

[Trait("level", "real")]
public sealed class EtcdClusterWatchTests(ThreeEtcds etcd) : StoreWatchConformance, IClassFixture<ThreeEtcds>
{
    protected override StoreHarness NewHarness() => new EtcdHarness(etcd.Cluster);
}

[Trait("level", "real")]
public sealed class EtcdClusterConcurrencyTests(ThreeEtcds etcd) : StoreConcurrencyConformance, IClassFixture<ThreeEtcds>
{
    protected override StoreHarness NewHarness() => new EtcdHarness(etcd.Cluster);
}
