using System.Net;
using Rempart.Node.Networks;

namespace Rempart.Node.Tests.Networks;

/// <summary>OVN's databases are founded once, whole, and by one host; what was interrupted can be repeated.</summary>
[Trait("level", "real")]
public sealed class NetworkDatabasesTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("rempart-databases-").FullName;

    public NetworkDatabasesTests()
    {
        Directory.CreateDirectory(Layout.CentralFolder);
        Directory.CreateDirectory(Layout.SwitchFolder);
    }

    private NetworkSettings Settings => new()
    {
        Instance = "t", InstanceFolder = _folder, NodeName = "host-1", Datapath = Datapath.Userspace, DaemonUser = "root", DaemonGroup = "root",
        Central = [.. Enumerable.Range(1, 3).Select(n => new CentralMember($"host-{n}", IPAddress.Parse($"10.1.0.{n}")))],
    };

    private NetworkLayout Layout => new(Settings);

    [Fact]
    public async Task A_founding_that_was_cut_short_is_refused_by_up_and_comes_to_its_end_when_it_is_repeated()
    {
        var databases = new NetworkDatabases(Settings);
        await databases.FoundAsync(TestContext.Current.CancellationToken);
        // As when the power went between the two, with a half of the second written.
        File.Move(Layout.NorthboundDatabase, Layout.NorthboundDatabase + ".new");

        var refused = await Assert.ThrowsAsync<NetworkSetupException>(() => databases.MakeAsync(TestContext.Current.CancellationToken));
        Assert.Contains("network found", refused.Message, StringComparison.Ordinal);
        Assert.False(File.Exists(Layout.NorthboundDatabase));

        await databases.FoundAsync(TestContext.Current.CancellationToken);
        await databases.MakeAsync(TestContext.Current.CancellationToken);
        Assert.Equal(["nb.cluster.db", "sb.cluster.db"], Directory.EnumerateFiles(Layout.CentralFolder).Select(Path.GetFileName).Where(name => name![0] != '.').Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Who_has_founded_or_joined_is_told_what_to_remove_if_nothing_has_run_yet()
    {
        var databases = new NetworkDatabases(Settings);
        // `up` before `found`: this host waits for others that wait for it.
        await databases.MakeAsync(TestContext.Current.CancellationToken);

        var refused = await Assert.ThrowsAsync<NetworkSetupException>(() => databases.FoundAsync(TestContext.Current.CancellationToken));
        Assert.Contains($"remove `{Layout.NorthboundDatabase}` and `{Layout.SouthboundDatabase}` and repeat", refused.Message, StringComparison.Ordinal);

        File.Delete(Layout.NorthboundDatabase);
        File.Delete(Layout.SouthboundDatabase);
        await databases.FoundAsync(TestContext.Current.CancellationToken);
        Assert.True(File.Exists(Layout.NorthboundDatabase) && File.Exists(Layout.SouthboundDatabase));
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}
