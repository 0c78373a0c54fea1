using Rempart.Node.Agent;
using Rempart.Node.Volumes;

namespace Rempart.Node.Tests.Volumes;

/// <summary>Where pools are on a host, and in which of them a volume is looked for.</summary>
public sealed class PoolFoldersTests : IDisposable
{
    private const string Uid = "6f1b5c1e-6a0f-4d55-9a55-000000000031";
    private readonly string _data = Directory.CreateTempSubdirectory("rempart-pools-").FullName;
    private readonly string _disk = Directory.CreateTempSubdirectory("rempart-disk-").FullName;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_an_agent_of_one_folder_left_is_in_the_pool_that_every_cluster_begins_with()
    {
        using (var before = new PoolFixture())
        {
            await before.Volumes.EnsureAsync(new VolumeRequest(Uid, 1 << 20, null), Stop);
            Directory.Delete(Path.Combine(_data), recursive: true);
            Directory.CreateDirectory(_data);
            foreach (var file in Directory.EnumerateFiles(before.Root, "*", SearchOption.AllDirectories))
            {
                var to = Path.Combine(_data, "pool", Path.GetRelativePath(before.Root, file));
                Directory.CreateDirectory(Path.GetDirectoryName(to)!);
                File.Copy(file, to);
            }
        }
        using var folders = new PoolFolders(_data);
        Assert.Equal([PoolFolders.HomeName], await Pools(folders).HoldersAsync(Uid, Stop));
    }

    [Fact]
    public async Task Pools_have_folders_of_their_own_and_clones_in_any_of_them_hold_their_image()
    {
        using var fixture = new PoolFixture();
        using var folders = new PoolFolders(_data);
        using var images = new DirectoryImages(folders.Home, new ImageConverter(fixture.Tool, folders.Home, "/usr/bin/qemu-img", TimeProvider.System)) { Cloners = folders.Whole };
        var bytes = await fixture.DiskAsync("image", "create", "-q", "-f", "qcow2", "{0}", "4M");
        var image = await images.IngestAsync(new ImageRequest(PoolFixture.Digest(bytes), ImageType.Disk, Rempart.Node.Machines.DiskFormat.Qcow2, 64 << 20), new MemoryStream(bytes), Stop);
        var pools = new DirectoryPools(folders, images);

        await pools.Of("fast").EnsureAsync(new VolumeRequest(Uid, null, image.Digest), Stop);

        Assert.True(File.Exists(Path.Combine(_data, "pools", "fast", "volumes", Uid, "disk.qcow2")));
        Assert.Equal(["fast"], await pools.HoldersAsync(Uid, Stop));
        Assert.Equal(VolumeFault.InUse, (await Assert.ThrowsAsync<VolumeException>(() => images.DeleteAsync(image.Digest, Stop))).Fault);
        // And after the agent's next start, before anybody asks for that pool.
        using var again = new PoolFolders(_data);
        Assert.Equal(["fast"], await Pools(again).HoldersAsync(Uid, Stop));
        await Pools(again).DeleteAsync(Uid, Stop);
        Assert.Empty(await Pools(again).HoldersAsync(Uid, Stop));
        await images.DeleteAsync(image.Digest, Stop);
    }

    [Fact]
    public async Task A_pool_is_given_a_path_that_is_kept_and_can_not_be_changed_under_its_volumes()
    {
        using var folders = new PoolFolders(_data);
        // Asked for its room before the host's profile was read.
        folders.Of("fast");
        folders.Place("fast", _disk);
        await Pools(folders).Of("fast").EnsureAsync(new VolumeRequest(Uid, 1 << 20, null), Stop);
        Assert.True(File.Exists(Path.Combine(_disk, "volumes", Uid, "disk.qcow2")));
        folders.Place("fast", _disk);
        Assert.Equal(VolumeFault.InUse, Assert.Throws<VolumeException>(() => folders.Place("fast", null)).Fault);

        using var again = new PoolFolders(_data);
        Assert.Equal(["fast"], await Pools(again).HoldersAsync(Uid, Stop));
        await Pools(again).DeleteAsync(Uid, Stop);
        again.Place("fast", null);
        again.Of("fast");
        Assert.True(Directory.Exists(Path.Combine(_data, "pools", "fast", "volumes")));
    }

    [Fact]
    public void A_path_that_is_not_there_is_no_place_for_anything_and_nothing_is_overlooked_for_it()
    {
        using var folders = new PoolFolders(_data);
        folders.Place("fast", _disk);
        Directory.Delete(_disk, recursive: true);
        var gone = Assert.Throws<VolumeException>(() => folders.Of("fast"));
        Assert.Equal((VolumeFault.NotFound, $"pool `fast` is to be in `{_disk}` on this host, and that is not there; mount or make it"), (gone.Fault, gone.Message));
        Assert.Equal(VolumeFault.NotFound, Assert.Throws<VolumeException>(() => folders.Whole()).Fault);
        using var again = new PoolFolders(_data);
        Assert.Equal([PoolFolders.HomeName], again.All.Keys);
    }

    [Theory]
    [InlineData("../images")]
    [InlineData("")]
    [InlineData("Fast")]
    [InlineData(".")]
    public void Nothing_but_a_name_becomes_a_folder(string name)
    {
        using var folders = new PoolFolders(_data);
        Assert.Equal(VolumeFault.Refused, Assert.Throws<VolumeException>(() => folders.Of(name)).Fault);
        Assert.Equal(VolumeFault.Refused, Assert.Throws<VolumeException>(() => folders.Place(name, _disk)).Fault);
    }

    [Theory]
    [InlineData("disk")]
    [InlineData("/srv/../etc")]
    [InlineData("/srv/")]
    public void Nothing_but_an_absolute_path_becomes_a_place(string path)
    {
        using var folders = new PoolFolders(_data);
        Assert.Equal(VolumeFault.Refused, Assert.Throws<VolumeException>(() => folders.Place("fast", path)).Fault);
    }

    [Theory]
    // On no host yet: made anew.
    [InlineData(null, "", null)]
    // Said to be here, and not: made again where it was.
    [InlineData("fast", "", "fast")]
    // Where the data are counts, whatever an older answer says.
    [InlineData("local", "fast", "fast")]
    [InlineData("local", "fast local", "local")]
    [InlineData("slow", "fast local", null)]
    public void A_volume_is_where_its_data_are(string? said, string holders, string? found) =>
        Assert.Equal(found, VolumePlacing.Decide(said, holders.Split(' ', StringSplitOptions.RemoveEmptyEntries)));

    public void Dispose()
    {
        foreach (var folder in new[] { _data, _disk })
        {
            if (Directory.Exists(folder)) Directory.Delete(folder, recursive: true);
        }
    }

    private static DirectoryPools Pools(PoolFolders folders) => new(folders, new DirectoryImages(folders.Home, new ImageConverter(new UnjailedTool(), folders.Home, "/usr/bin/qemu-img", TimeProvider.System)));
}
