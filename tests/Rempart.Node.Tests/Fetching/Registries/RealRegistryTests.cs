using System.Security.Cryptography;
using Rempart.Node.Tests.Volumes;
using Rempart.Node.Volumes;

namespace Rempart.Node.Tests.Fetching.Registries;

/// <summary>Debian's own registry on loopback, with what Debian's umoci and skopeo make and push.</summary>
[Trait("level", "real")]
public sealed class RealRegistryTests(JailedToolFixture jail) : IClassFixture<JailedToolFixture>
{
    private const int MiB = 1 << 20;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_container_disk_that_was_made_and_pushed_by_others_comes_by_its_manifest_and_by_an_index()
    {
        await using var world = new FetchWorld(jail);
        await using var registry = await RunningRegistry.StartAsync(world.Server, Token);
        var disk = await world.Pool.DiskAsync("disk.qcow2", "create", "-q", "-f", "qcow2", "{0}", "4M");
        var manifest = await registry.PushContainerDiskAsync(world.Pool.Scratch("disk.qcow2"), Token);

        var image = await world.FetchAsync(disk, registry.Address(manifest), type: ImageType.Disk);
        Assert.Equal(4 * MiB, image.VirtualSize);
        await world.Pool.Images.DeleteAsync(image.Digest, Token);

        var index = await registry.PutAsync("application/vnd.oci.image.index.v1+json", $$"""
            {"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[{"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":"{{manifest.Digest}}","size":{{manifest.Size}},"platform":{"os":"linux","architecture":"amd64"} }]}
            """, Token);
        Assert.Equal(image, await world.FetchAsync(disk, registry.Address(index), type: ImageType.Disk));
        Assert.Equal(["data", "image.json"], world.Pool.Left.Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_plain_file_goes_on_where_the_last_agent_was()
    {
        await using var world = new FetchWorld(jail);
        await using var registry = await RunningRegistry.StartAsync(world.Server, Token);
        var bytes = RandomNumberGenerator.GetBytes(3 * MiB);
        var manifest = await registry.PushFileAsync(bytes, Token);
        using (var partial = new Node.Fetching.Partials(world.Pool.Pool, TimeProvider.System).Enter(world.Uid))
        {
            partial.Begin("sha256:" + PoolFixture.Digest(bytes));
            await File.WriteAllBytesAsync(partial.Data, bytes[..MiB], Token);
        }

        Assert.Equal(bytes.Length, (await world.FetchAsync(bytes, registry.Address(manifest))).Size);
        Assert.Contains("http.response.status=206", await registry.LogAsync(Token), StringComparison.Ordinal);
    }
}
