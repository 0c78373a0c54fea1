using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Rempart.Node.Tests.Volumes;
using Rempart.Node.Volumes;

namespace Rempart.Node.Tests.Fetching.Registries;

[Trait("level", "real")]
public sealed class RegistryTests(JailedToolFixture jail) : IClassFixture<JailedToolFixture>
{
    private const int MiB = 1 << 20;
    private static readonly byte[] Bytes = RandomNumberGenerator.GetBytes(3 * MiB);

    [Theory]
    [InlineData(FakeRegistry.Gzip, "disk/disk.qcow2")]
    [InlineData("application/vnd.docker.image.rootfs.diff.tar.gzip", "./disk/disk.img")]
    [InlineData(FakeRegistry.Tar, "disk/disk.qcow2")]
    [InlineData(FakeRegistry.Tar, "/disk/disk.qcow2")]
    public async Task A_container_disk_comes_out_of_its_layer(string mediaType, string name)
    {
        await using var world = new FetchWorld(jail);
        var disk = await world.Pool.DiskAsync("disk", "create", "-q", "-f", "qcow2", "{0}", "4M");
        var layer = Layers.Pack(mediaType != FakeRegistry.Tar, ("disk/", []), ("disk/.wh.old", []), (name, disk), ("etc/passwd", [1]));
        var registry = new FakeRegistry(world.Server) { Token = "let-me-in" };

        var image = await world.FetchAsync(disk, registry.PublishIndex(mediaType, layer), type: ImageType.Disk);

        Assert.Equal(4 * MiB, image.VirtualSize);
        Assert.Equal(["data", "image.json"], world.Pool.Left.Select(Path.GetFileName).Order(StringComparer.Ordinal));
        // One token for the index, the manifest and the layer.
        Assert.Single(world.Server.Requests, request => request.Path.StartsWith("/token?", StringComparison.Ordinal));
        Assert.Contains(world.Told, told => told.Received == layer.Length && told.Total == layer.Length);
        Assert.Contains(world.Told, told => told.Phase == "Converting");
    }

    [Theory]
    [InlineData("application/octet-stream")]
    // What ORAS calls a file that nobody has named otherwise.
    [InlineData(FakeRegistry.Tar)]
    public async Task The_layer_that_has_the_images_digest_is_the_file_itself(string mediaType)
    {
        await using var world = new FetchWorld(jail);
        var url = new FakeRegistry(world.Server).Publish(mediaType, [1, 2, 3], Bytes, [4]);
        Assert.Equal(Bytes.Length, (await world.FetchAsync(Bytes, url)).Size);
        Assert.Equal(2, world.Server.Requests.Count);
    }

    [Fact]
    public async Task A_layer_below_is_looked_into_when_the_one_above_has_no_disk()
    {
        await using var world = new FetchWorld(jail);
        var url = new FakeRegistry(world.Server).Publish(FakeRegistry.Gzip, Layers.Pack(true, ("disk/a", [9])), Layers.Pack(true, ("disk/b", Bytes)), Layers.Pack(true, ("etc/motd", [1])));
        Assert.Equal(Bytes.Length, (await world.FetchAsync(Bytes, url)).Size);
        Assert.Equal(3, world.Server.Requests.Count);
    }

    [Fact]
    public async Task A_layer_that_is_cut_goes_on_where_it_was_with_a_new_token_when_the_old_one_has_lapsed()
    {
        await using var world = new FetchWorld(jail);
        var registry = new FakeRegistry(world.Server) { Token = "first" };
        var blob = FakeRegistry.BlobPath(Bytes);
        registry.Instead = async (request, stream, cancel) =>
        {
            if (request.Path != blob || registry.Token != "first" || request.Field("Authorization") != "Bearer first") return false;
            await FileServer.SendAsync(request, stream, Bytes, "\"1\"", cancel, cutAfter: MiB);
            registry.Token = "second";
            return true;
        };
        Assert.Equal(Bytes.Length, (await world.FetchAsync(Bytes, registry.Publish("text/plain", Bytes))).Size);
        var asked = world.Server.Requests.Where(request => request.Path == blob).ToList();
        var rest = string.Create(CultureInfo.InvariantCulture, $"bytes={MiB}-");
        Assert.Equal([null, rest, rest], asked.Select(request => request.Field("Range")));
        Assert.Equal(["Bearer first", "Bearer first", "Bearer second"], asked.Select(request => request.Field("Authorization")));
    }

    [Fact]
    public async Task What_has_come_whole_is_not_asked_for_again()
    {
        await using var world = new FetchWorld(jail);
        var registry = new FakeRegistry(world.Server);
        var url = registry.Publish("text/plain", Bytes);
        using (var partial = new Node.Fetching.Partials(world.Pool.Pool, TimeProvider.System).Enter(world.Uid))
        {
            partial.Begin("sha256:" + PoolFixture.Digest(Bytes));
            await File.WriteAllBytesAsync(partial.Data, Bytes, TestContext.Current.CancellationToken);
        }

        Assert.Equal(Bytes.Length, (await world.FetchAsync(Bytes, url)).Size);
        Assert.Single(world.Server.Requests);
    }

    [Fact]
    public async Task A_token_is_shown_to_the_registry_alone_wherever_it_redirects_to()
    {
        await using var world = new FetchWorld(jail);
        var registry = new FakeRegistry(world.Server) { Token = "let-me-in" };
        registry.Instead = async (request, stream, cancel) =>
        {
            if (request.Path == "/there") await FileServer.SendAsync(request, stream, Bytes, null, cancel);
            else if (request.Path == FakeRegistry.BlobPath(Bytes)) await FileServer.RedirectAsync(stream, world.Server.Url("/there", "mirror.test").AbsoluteUri, cancel);
            else return false;
            return true;
        };
        Assert.Equal(Bytes.Length, (await world.FetchAsync(Bytes, registry.Publish("text/plain", Bytes))).Size);
        Assert.Equal("Bearer let-me-in", world.Server.Requests.Single(request => request.Path == FakeRegistry.BlobPath(Bytes)).Field("Authorization"));
        var elsewhere = world.Server.Requests.Single(request => request.Path == "/there");
        Assert.Equal(string.Create(CultureInfo.InvariantCulture, $"mirror.test:{world.Server.Port}"), elsewhere.Field("Host"));
        Assert.DoesNotContain("let-me-in", string.Join('\n', elsewhere.Lines), StringComparison.Ordinal);
        Assert.DoesNotContain("let-me-in", string.Join('\n', world.Server.Requests.Single(request => request.Path.StartsWith("/token?", StringComparison.Ordinal)).Lines), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_registry_that_gives_no_token_is_one_that_refuses()
    {
        await using var world = new FetchWorld(jail);
        var registry = new FakeRegistry(world.Server) { Token = "never", Gives = "{}" };
        await world.RefusedAsync(VolumeFault.AccessDenied, "token", () => world.FetchAsync([1], registry.Publish(FakeRegistry.Gzip, [1])));
        registry.Realm = "http://images.test/token";
        await world.RefusedAsync(VolumeFault.AccessDenied, "401", () => world.FetchAsync([1], registry.Publish(FakeRegistry.Gzip, [1])));
    }

    [Fact]
    public async Task A_token_that_does_not_count_is_not_asked_for_without_end()
    {
        await using var world = new FetchWorld(jail);
        var registry = new FakeRegistry(world.Server) { Token = "right", Gives = """{"access_token":"wrong"}""" };
        await world.RefusedAsync(VolumeFault.AccessDenied, "401", () => world.FetchAsync(Bytes, registry.Publish("text/plain", Bytes)));
        Assert.Equal(3, world.Server.Requests.Count);
    }

    [Fact]
    public async Task What_is_not_there_is_said_to_be_not_there()
    {
        await using var world = new FetchWorld(jail);
        var registry = new FakeRegistry(world.Server);
        await world.RefusedAsync(VolumeFault.NotFound, "404", () => world.FetchAsync(Bytes, registry.Address("sha256:" + new string('0', 64))));
        var digest = registry.Document(Encoding.UTF8.GetString("""{"layers":[{"mediaType":"x","digest":"sha256:DIGEST","size":5}]}"""u8).Replace("DIGEST", PoolFixture.Digest(Bytes), StringComparison.Ordinal));
        await world.RefusedAsync(VolumeFault.NotFound, "404", () => world.FetchAsync(Bytes, registry.Address(digest)));
    }
}
