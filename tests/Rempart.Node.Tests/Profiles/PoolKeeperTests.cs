using Rempart.Linux;
using Rempart.Node.Profiles;
using Rempart.Node.Tests.Volumes;
using Rempart.Node.Volumes;

namespace Rempart.Node.Tests.Profiles;

/// <summary>Folders that a profile gives to pools, on a real file system: root writes there.</summary>
[Trait("level", "real")]
public sealed class PoolKeeperTests : IDisposable
{
    private const string Uid = "6f1b5c1e-6a0f-4d55-9a55-000000000041";

    // Not in /tmp, which all may write.
    private readonly string _root = Directory.CreateDirectory($"/var/lib/rempart-test-{Guid.NewGuid():N}", PoolFolder.Private).FullName;

    private string Data => Path.Combine(_root, "data");

    private string Disk => Path.Combine(_root, "disk");

    [Fact]
    public void An_empty_folder_becomes_the_pools_and_has_room()
    {
        Directory.CreateDirectory(Path.Combine(Disk, "lost+found"));
        using var folders = new PoolFolders(Data, "host1");
        var (pools, findings) = new PoolKeeper(folders).Keep([new() { Name = "fast", Path = Disk }]);

        Assert.Empty(findings);
        var pool = pools[0];
        Assert.Equal(("fast", Disk, true), (pool.Name, pool.Path, pool.Ready));
        Assert.True(pool.Capacity?.Value > 0 && pool.Available?.Value > 0);
        Assert.Equal(new PoolMark("fast", "host1"), PoolMark.Read(Disk));
        Assert.True(Directory.Exists(Path.Combine(Disk, "volumes")));
    }

    [Fact]
    public void Pools_that_no_profile_names_are_told_of_and_left_as_they_are()
    {
        Directory.CreateDirectory(Disk);
        using var folders = new PoolFolders(Data, "host1");
        folders.Of("bulk");
        var keeper = new PoolKeeper(folders);
        Assert.Equal([("bulk", null, true), ("fast", Disk, true), ("local", null, true)], keeper.Keep([new() { Name = "fast", Path = Disk }]).Pools.Select(pool => (pool.Name, pool.Path, pool.Ready == true)));
        // Its profile is gone, or does not name it any more: its volumes are where they are.
        var (pools, findings) = keeper.Keep([]);
        Assert.Empty(findings);
        Assert.Equal([("bulk", null), ("fast", Disk), ("local", null)], pools.Select(pool => (pool.Name, pool.Path)));
        Assert.All(pools, pool => Assert.True(pool.Capacity?.Value > 0 && pool.Available?.Value > 0));
        // More than the API takes of a host: what its profile names comes first.
        for (var i = 0; i < 70; i++) folders.Of($"a{i:00}");
        Assert.Equal(64, keeper.Keep([new() { Name = "fast", Path = Disk }]).Pools.Count);
        Assert.Contains(keeper.Keep([new() { Name = "fast", Path = Disk }]).Pools, pool => pool.Name == "fast");
    }

    [Fact]
    public async Task Under_a_disk_that_is_gone_nothing_is_written_and_it_is_used_again_when_it_is_back()
    {
        Directory.CreateDirectory(Disk);
        using var folders = new PoolFolders(Data, "host1");
        var keeper = new PoolKeeper(folders);
        keeper.Keep([new() { Name = "fast", Path = Disk }]);
        var pools = new DirectoryPools(folders, new DirectoryImages(folders.Home, new ImageConverter(new UnjailedTool(), folders.Home, "/usr/bin/qemu-img", TimeProvider.System)));
        await pools.Of("fast").EnsureAsync(new VolumeRequest(Uid, 1 << 20, null), TestContext.Current.CancellationToken);
        Assert.Equal(["fast"], await pools.HoldersAsync(Uid, TestContext.Current.CancellationToken));

        // The mount point below it, as empty as one that a pool was never on.
        Directory.Move(Disk, Disk + ".away");
        Directory.CreateDirectory(Disk);
        foreach (var agent in new[] { folders, new PoolFolders(Data, "host1") })
        {
            var (told, findings) = new PoolKeeper(agent).Keep([new() { Name = "fast", Path = Disk }]);
            Assert.Equal((false, $"pool `fast`: `{Disk}` does not bear the mark `.rempart-pool` that it had: is its disk mounted?"), (told[0].Ready, Assert.Single(findings).Message));
            Assert.Equal(VolumeFault.NotFound, Assert.Throws<VolumeException>(() => agent.Of("fast")).Fault);
            Assert.DoesNotContain("fast", agent.All.Keys);
            Assert.Empty(Directory.EnumerateFileSystemEntries(Disk));
        }

        Directory.Delete(Disk);
        Directory.Move(Disk + ".away", Disk);
        Assert.True(keeper.Keep([new() { Name = "fast", Path = Disk }]).Pools[0].Ready);
        Assert.Equal(["fast"], await pools.HoldersAsync(Uid, TestContext.Current.CancellationToken));
    }

    [Theory]
    [InlineData("absent", "is not there: make or mount it")]
    [InlineData("link", "is a symbolic link: name the folder itself")]
    [InlineData("link/inside", "is a symbolic link: name the folder itself")]
    [InlineData("file", "is no folder")]
    [InlineData("others", "others than root may write")]
    [InlineData("others/inside", "others than root may write")]
    [InlineData("somebodys", "belongs to user 65534")]
    [InlineData("somebodys/inside", "belongs to user 65534")]
    [InlineData("full", "is not empty (`precious`) and bears no mark")]
    [InlineData("another", "belongs to pool `slow` of host `host1`")]
    [InlineData("another-host", "belongs to pool `fast` of host `host9`")]
    [InlineData("garbled", "is no mark of a pool")]
    [InlineData("linked-mark", "is no mark of a pool")]
    [InlineData("/proc", "on a file system")]
    [InlineData("/dev/shm", "others than root may write")]
    public void What_is_not_roots_own_empty_folder_is_not_touched(string folder, string said)
    {
        foreach (var made in new[] { "real/inside", "others/inside", "somebodys/inside", "full/precious", "another", "another-host", "garbled", "linked-mark" }) Directory.CreateDirectory(Path.Combine(_root, made));
        Directory.CreateSymbolicLink(Path.Combine(_root, "link"), Path.Combine(_root, "real"));
        File.WriteAllText(Path.Combine(_root, "file"), "");
        File.SetUnixFileMode(Path.Combine(_root, "others"), (UnixFileMode)0b111_111_101);
        Ownership.Set(Path.Combine(_root, "somebodys"), 65534, 65534);
        new PoolMark("slow", "host1").Claim(Path.Combine(_root, "another"));
        new PoolMark("fast", "host9").Claim(Path.Combine(_root, "another-host"));
        File.WriteAllText(Path.Combine(_root, "garbled", PoolMark.FileName), "{");
        File.CreateSymbolicLink(Path.Combine(_root, "linked-mark", PoolMark.FileName), "/etc/passwd");
        var before = Entries();

        using var folders = new PoolFolders(Data, "host1");
        var (pools, findings) = new PoolKeeper(folders).Keep([new() { Name = "fast", Path = Path.Combine(_root, folder) }]);
        Assert.Contains(said, Assert.Single(findings).Message, StringComparison.Ordinal);
        Assert.Equal((false, null), (pools[0].Ready, folders.PlaceOf("fast")));
        Assert.Equal(before, Entries());

        string[] Entries() => [.. Directory.EnumerateFileSystemEntries(_root, "*", SearchOption.AllDirectories).Where(path => path != Data && !path.StartsWith(Data + "/", StringComparison.Ordinal)).Order(StringComparer.Ordinal)];
    }

    [Fact]
    public async Task A_pool_with_volumes_stays_where_it_is()
    {
        Directory.CreateDirectory(Disk);
        var other = Directory.CreateDirectory(Path.Combine(_root, "other")).FullName;
        using var folders = new PoolFolders(Data, "host1");
        var keeper = new PoolKeeper(folders);
        keeper.Keep([new() { Name = "fast", Path = Disk }]);
        await new DirectoryVolumes(folders.Of("fast"), new DirectoryImages(folders.Home, new ImageConverter(new UnjailedTool(), folders.Home, "/usr/bin/qemu-img", TimeProvider.System)))
            .EnsureAsync(new VolumeRequest(Uid, 1 << 20, null), TestContext.Current.CancellationToken);

        Assert.Contains("move them to another pool first", Assert.Single(keeper.Keep([new() { Name = "fast", Path = other }]).Findings).Message, StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFileSystemEntries(other));
        Assert.Empty(keeper.Keep([]).Findings);
        Assert.Equal(Disk, folders.PlaceOf("fast"));
    }

    public void Dispose() => Directory.Delete(_root, recursive: true);
}
