using System.Formats.Tar;
using System.Security.Cryptography;
using System.Text;
using Rempart.Node.Tests.Volumes;
using Rempart.Node.Volumes;

namespace Rempart.Node.Tests.Fetching.Registries;

/// <summary>Registries and artifacts that lie: each is refused in a sentence, and leaves nothing in the pool and no jail.</summary>
[Trait("level", "real")]
public sealed class HostileRegistryTests(JailedToolFixture jail) : IClassFixture<JailedToolFixture>
{
    private const int MiB = 1 << 20;
    private static readonly byte[] Bytes = RandomNumberGenerator.GetBytes(MiB);

    public static TheoryData<string, string> Archives { get; } = new()
    {
        { "two disks", "2 files" },
        { "no disk", "no file" },
        { "a symbolic link", "no file" },
        { "a hard link", "no file" },
        { "a folder", "no file" },
        { "a device", "no file" },
        { "a way out", "no file" },
        { "a way out and back", "no file" },
        { "below a folder", "no file" },
        { "a name with a line feed", "no file" },
        { "entries without end", "more entries" },
        { "no archive", "by gzip" },
        { "gzip of no archive", "by tar" },
        { "cut short", "by " },
        { "an archive in gzip twice", "by tar" },
    };

    [Theory]
    [InlineData("manifests", 0)]
    [InlineData("manifests", 1)]
    [InlineData("blobs", 0)]
    public async Task Other_bytes_than_the_digest_names_are_refused_at_each_level(string what, int which)
    {
        await using var world = new FetchWorld(jail);
        var registry = new FakeRegistry(world.Server);
        var layer = Layers.Pack(true, ("disk/a", Bytes));
        var manifest = registry.Manifest(FakeRegistry.Gzip, [layer]);
        var index = registry.Index(manifest);
        if (what == "blobs")
        {
            byte[] other = [.. layer];
            other[^1] ^= 1;
            registry.Replace(FakeRegistry.BlobPath(layer), other);
        }
        else
        {
            registry.Replace(FakeRegistry.ManifestPath(which == 0 ? index : manifest), Encoding.UTF8.GetBytes("""{"layers":[]}"""));
        }

        await world.RefusedAsync(VolumeFault.DigestMismatch, what == "blobs" ? "layer" : "the manifest has the digest", () => world.FetchAsync(Bytes, registry.Address(index)));
        // Nothing below what was refused is asked for.
        Assert.Equal(what == "blobs" ? 3 : which + 1, world.Server.Requests.Count);
    }

    [Fact]
    public async Task Another_file_than_the_image_in_the_layer_is_refused_and_named()
    {
        await using var world = new FetchWorld(jail);
        var url = new FakeRegistry(world.Server).Publish(FakeRegistry.Gzip, Layers.Pack(true, ("disk/a.img", Bytes)));
        await world.RefusedAsync(VolumeFault.DigestMismatch, $"`disk/a.img` in the artifact's layer: the bytes have the digest `sha256:{PoolFixture.Digest(Bytes)}`", () => world.FetchAsync(Bytes, url, digest: new string('0', 64)));
    }

    [Fact]
    public async Task An_index_of_indexes_leads_nowhere()
    {
        await using var world = new FetchWorld(jail);
        var registry = new FakeRegistry(world.Server);
        var address = registry.Address(registry.Index(registry.Index(registry.Manifest(FakeRegistry.Gzip, [Bytes]))));
        await world.RefusedAsync(VolumeFault.Refused, "index of indexes", () => world.FetchAsync(Bytes, address));
        Assert.Equal(2, world.Server.Requests.Count);
    }

    [Fact]
    public async Task An_index_that_is_its_own_manifest_has_another_digest()
    {
        await using var world = new FetchWorld(jail);
        var registry = new FakeRegistry(world.Server);
        var other = "sha256:" + new string('3', 64);
        var index = registry.Index(other);
        registry.Replace(FakeRegistry.ManifestPath(other), Encoding.UTF8.GetBytes("""{"manifests":[]}"""));
        await world.RefusedAsync(VolumeFault.DigestMismatch, other, () => world.FetchAsync(Bytes, registry.Address(index)));
    }

    [Fact]
    public async Task A_manifest_without_end_and_one_of_a_thousand_layers_are_refused()
    {
        await using var world = new FetchWorld(jail);
        var registry = new FakeRegistry(world.Server);
        await world.RefusedAsync(VolumeFault.TooLarge, "longer than the 1048576 bytes", () => world.FetchAsync(Bytes, registry.Address(registry.Document(new string(' ', 2 * MiB)))));
        await world.RefusedAsync(VolumeFault.Refused, "1000 layers", () => world.FetchAsync(Bytes, registry.Publish(FakeRegistry.Gzip, [.. Enumerable.Repeat(Bytes, 1000)])));
    }

    [Fact]
    public async Task A_layer_that_is_larger_than_the_image_may_be_is_not_asked_for()
    {
        await using var world = new FetchWorld(jail);
        var registry = new FakeRegistry(world.Server);
        var digest = registry.Document($$"""{"layers":[{"mediaType":"{{FakeRegistry.Tar}}","digest":"sha256:{{PoolFixture.Digest(Bytes)}}","size":9000000000000000000}]}""", Bytes);
        await world.RefusedAsync(VolumeFault.TooLarge, "layers are longer", () => world.FetchAsync([1], registry.Address(digest)));
        Assert.Single(world.Server.Requests);
    }

    [Fact]
    public async Task A_layer_that_is_longer_or_shorter_than_its_manifest_says_is_refused()
    {
        await using var world = new FetchWorld(jail);
        var registry = new FakeRegistry(world.Server);
        var url = registry.Publish("text/plain", Bytes);
        registry.Replace(FakeRegistry.BlobPath(Bytes), [.. Bytes, 1]);
        await world.RefusedAsync(VolumeFault.TooLarge, "longer than", () => world.FetchAsync(Bytes, url));
        registry.Replace(FakeRegistry.BlobPath(Bytes), Bytes[1..]);
        await world.RefusedAsync(VolumeFault.DigestMismatch, "layer", () => world.FetchAsync(Bytes, url));
    }

    [Theory]
    [InlineData("https://127.0.0.2:PORT/", "loopback")]
    [InlineData("https://169.254.169.254:PORT/", "metadata")]
    [InlineData("https://mirror.test:22/", "port 22")]
    [InlineData("http://mirror.test:PORT/", "not https")]
    public async Task A_blob_that_is_redirected_to_what_is_not_allowed_goes_nowhere(string to, string says)
    {
        await using var world = new FetchWorld(jail);
        var registry = new FakeRegistry(world.Server);
        var url = registry.Publish("text/plain", Bytes);
        registry.Instead = async (request, stream, cancel) =>
        {
            if (!request.Path.Contains("/blobs/", StringComparison.Ordinal)) return false;
            await FileServer.RedirectAsync(stream, to.Replace("PORT", $"{world.Server.Port}", StringComparison.Ordinal), cancel);
            return true;
        };
        await world.RefusedAsync(VolumeFault.EgressDenied, says, () => world.FetchAsync(Bytes, url));
    }

    [Theory]
    [InlineData("https://169.254.169.254:PORT/token", "169.254.169.254")]
    [InlineData("https://127.0.0.2:PORT/token", "loopback")]
    // A registry can't name ports either: that would be a way to services that text can be smuggled to.
    [InlineData("https://mirror.test:25/token", "port 25")]
    public async Task Tokens_are_not_asked_for_where_the_rules_do_not_lead(string realm, string says)
    {
        await using var world = new FetchWorld(jail);
        var registry = new FakeRegistry(world.Server) { Token = "x", Realm = realm.Replace("PORT", $"{world.Server.Port}", StringComparison.Ordinal) };
        await world.RefusedAsync(VolumeFault.EgressDenied, says, () => world.FetchAsync(Bytes, registry.Publish(FakeRegistry.Gzip, [1])));
        Assert.Single(world.Server.Requests);
    }

    [Theory]
    [MemberData(nameof(Archives))]
    public async Task A_layer_without_one_plain_file_in_its_folder_is_refused(string kind, string says)
    {
        await using var world = new FetchWorld(jail);
        var url = new FakeRegistry(world.Server).Publish(FakeRegistry.Gzip, Archive(kind));
        // The host's own file is what the links lead to.
        await world.RefusedAsync(VolumeFault.Refused, says == "no file" ? "has a file in `disk/`" : says, async () => await world.FetchAsync(await File.ReadAllBytesAsync("/etc/hostname", TestContext.Current.CancellationToken), url));
    }

    [Fact]
    public async Task What_unfolds_without_end_is_stopped_at_the_largest_image()
    {
        await using var world = new FetchWorld(jail);
        var registry = new FakeRegistry(world.Server);
        await world.RefusedAsync(VolumeFault.TooLarge, "unfolds", () => world.FetchAsync([1], registry.Publish(FakeRegistry.Gzip, Layers.Pack(true, ("disk/a", new byte[96 * MiB]))), type: ImageType.Disk, most: MiB));
        // Small in the archive, and large by what it says of itself.
        await world.RefusedAsync(VolumeFault.TooLarge, "unfolds", () => world.FetchAsync([1], registry.Publish(FakeRegistry.Tar, Layers.Pack(false, Layers.Sparse("disk/a", 70L * MiB))), type: ImageType.Disk, most: MiB));
    }

    [Theory]
    [InlineData(1L << 45)]
    [InlineData(long.MaxValue)]
    public async Task A_file_that_says_to_be_larger_than_all_disks_is_refused(long size)
    {
        await using var world = new FetchWorld(jail);
        var url = new FakeRegistry(world.Server).Publish(FakeRegistry.Tar, Layers.Pack(false, Layers.Sparse("disk/a", size)));
        await world.RefusedAsync(VolumeFault.TooLarge, "unfolds", () => world.FetchAsync([1], url, type: ImageType.Disk, most: MiB));
    }

    [Fact]
    public async Task What_unfolds_beyond_the_pool_is_stopped()
    {
        await using var world = new FetchWorld(jail, mebibytes: 32);
        var url = new FakeRegistry(world.Server).Publish(FakeRegistry.Gzip, Layers.Pack(true, ("disk/a", new byte[64 * MiB])));
        var refused = await Assert.ThrowsAsync<VolumeException>(() => world.FetchAsync([1], url));
        Assert.Equal(VolumeFault.NoSpace, refused.Fault);
        // The layer stays for the next try; nothing of what it unfolded to.
        Assert.Equal(["data", "origin.json"], world.Pool.Left.Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    private static byte[] Archive(string kind)
    {
        byte[] one = [1];
        return kind switch
        {
            "two disks" => Layers.Pack(true, ("disk/a", one), ("disk/b", one)),
            "no disk" => Layers.Pack(true, ("etc/a", one), ("other/disk/x", one), ("disks", one), ("disk", one)),
            "a symbolic link" => Layers.Pack(true, Layers.Link(TarEntryType.SymbolicLink, "disk/a", "/etc/hostname")),
            "a hard link" => Layers.Pack(true, Layers.Link(TarEntryType.HardLink, "disk/a", "/etc/hostname")),
            "a folder" => Layers.Pack(true, ("disk/a/", one)),
            "a device" => Layers.Pack(true, new PaxTarEntry(TarEntryType.BlockDevice, "disk/a") { DeviceMajor = 8, DeviceMinor = 0 }),
            "a way out" => Layers.Pack(true, ("../disk/a", one), ("../../../../etc/rempart-test", one)),
            "a way out and back" => Layers.Pack(true, ("disk/../disk/a", one), ("disk/../../etc/passwd", one)),
            "below a folder" => Layers.Pack(true, ("disk/deeper/x", one)),
            "a name with a line feed" => Layers.Pack(true, ("x\n-rw-r--r-- 0/0 1 2024-01-01 00:00 disk/a", one)),
            "entries without end" => Layers.Pack(true, [.. Enumerable.Range(0, 5000).Select(i => ($"etc/{i}", one)), ("disk/a", one)]),
            "no archive" => RandomNumberGenerator.GetBytes(1000),
            "gzip of no archive" => Layers.Compress(RandomNumberGenerator.GetBytes(4000)),
            "cut short" => Layers.Pack(true, ("disk/a", Bytes))[..^10_000],
            _ => Layers.Compress(Layers.Pack(true, ("disk/a", one))),
        };
    }
}
