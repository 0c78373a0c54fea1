using System.Security.Cryptography;
using Rempart.Node.Tests.Volumes;
using Rempart.Node.Volumes;

namespace Rempart.Node.Tests.Fetching;

[Trait("level", "real")]
public sealed class ImageFetcherTests(JailedToolFixture jail) : IClassFixture<JailedToolFixture>
{
    private const int MiB = 1 << 20;
    private static readonly byte[] Bytes = RandomNumberGenerator.GetBytes(3 * MiB);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_file_comes_whole_and_nothing_else_stays()
    {
        await using var world = new FetchWorld(jail);
        world.Server.Answer = (request, stream, cancel) => FileServer.SendAsync(request, stream, Bytes, "\"1\"", cancel);

        var image = await world.FetchAsync(Bytes);

        Assert.Equal(Bytes.Length, image.Size);
        Assert.Equal(Bytes, await File.ReadAllBytesAsync(Path.Combine(world.Pool.Pool.Image(image.Digest), "data"), Token));
        Assert.Equal(["data", "image.json"], world.Pool.Left.Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.Contains(world.Told, told => told.Received == Bytes.Length && told.Total == Bytes.Length);
        Assert.Single(world.Server.Requests);
        // Again: it is here.
        Assert.Equal(image, await world.FetchAsync(Bytes));
        Assert.Single(world.Server.Requests);
    }

    [Fact]
    public async Task A_disk_is_converted_in_the_jail_as_an_uploaded_one()
    {
        await using var world = new FetchWorld(jail);
        var disk = await world.Pool.DiskAsync("disk", "create", "-q", "-f", "qcow2", "{0}", "4M");
        world.Server.Answer = (request, stream, cancel) => FileServer.SendAsync(request, stream, disk, null, cancel);
        Assert.Equal(4 * MiB, (await world.FetchAsync(disk, type: ImageType.Disk)).VirtualSize);
        Assert.Contains(world.Told, told => told.Phase == "Converting");

        var bad = await world.Pool.DiskAsync("bad", "create", "-q", "-f", "qcow2", "-b", "/etc/passwd", "-F", "raw", "{0}", "1M");
        world.Server.Answer = (request, stream, cancel) => FileServer.SendAsync(request, stream, bad, null, cancel);
        var refused = await Assert.ThrowsAsync<VolumeException>(() => world.FetchAsync(bad, type: ImageType.Disk));
        Assert.Contains("backing file", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_redirect_to_another_server_is_followed()
    {
        await using var world = new FetchWorld(jail);
        world.Server.Answer = (request, stream, cancel) => request.Path == "/disk"
            ? FileServer.RedirectAsync(stream, world.Server.Url("/there", "mirror.test").AbsoluteUri, cancel)
            : FileServer.SendAsync(request, stream, Bytes, null, cancel);
        Assert.Equal(Bytes.Length, (await world.FetchAsync(Bytes)).Size);
        Assert.Equal(["/disk", "/there"], world.Server.Requests.Select(request => request.Path));
    }

    [Fact]
    public async Task Other_bytes_than_the_digest_names_are_refused()
    {
        await using var world = new FetchWorld(jail);
        world.Server.Answer = (request, stream, cancel) => FileServer.SendAsync(request, stream, Bytes, null, cancel);
        await world.RefusedAsync(VolumeFault.DigestMismatch, PoolFixture.Digest(Bytes), () => world.FetchAsync(Bytes, digest: new string('0', 64)));
        Assert.Single(world.Server.Requests);
    }

    [Theory]
    [InlineData(404, "NotFound", "404")]
    [InlineData(410, "NotFound", "410")]
    [InlineData(401, "AccessDenied", "401")]
    [InlineData(403, "AccessDenied", "403")]
    [InlineData(400, "Refused", "400")]
    [InlineData(503, "Unreachable", "503")]
    public async Task What_the_source_answers_is_the_reason(int status, string fault, string says)
    {
        await using var world = new FetchWorld(jail);
        world.Server.Answer = (_, stream, cancel) => FileServer.WriteAsync(stream, $"HTTP/1.1 {status} No\r\nContent-Length: 5\r\n\r\nhello", cancel);
        await world.RefusedAsync(Enum.Parse<VolumeFault>(fault), says, () => world.FetchAsync(Bytes));
    }

    [Fact]
    public async Task A_certificate_that_nobody_named_is_not_trusted()
    {
        await using var world = new FetchWorld(jail);
        world.Terms = world.Terms with { Authorities = null };
        await world.RefusedAsync(VolumeFault.NotTrusted, "certificate", () => world.FetchAsync(Bytes));
        Assert.Empty(world.Server.Requests);
    }

    [Fact]
    public async Task A_certificate_for_another_name_is_not_trusted()
    {
        await using var world = new FetchWorld(jail);
        world.Names = _ => [System.Net.IPAddress.Loopback];
        await world.RefusedAsync(VolumeFault.NotTrusted, "certificate", () => world.FetchAsync(Bytes, world.Server.Url(host: "other.test").AbsoluteUri));
    }

    [Fact]
    public async Task A_body_without_end_meets_the_largest_size()
    {
        await using var world = new FetchWorld(jail);
        world.Server.Answer = async (_, stream, cancel) =>
        {
            await FileServer.WriteAsync(stream, "HTTP/1.1 200 OK\r\n\r\n", cancel);
            while (true) await stream.WriteAsync(Bytes, cancel);
        };
        await world.RefusedAsync(VolumeFault.TooLarge, "longer than", () => world.FetchAsync(Bytes, type: ImageType.Disk, most: MiB));
    }

    [Fact]
    public async Task A_length_that_is_too_large_is_refused_before_the_bytes_come()
    {
        await using var world = new FetchWorld(jail);
        world.Server.Answer = async (_, stream, cancel) =>
        {
            await FileServer.WriteAsync(stream, "HTTP/1.1 200 OK\r\nContent-Length: 9000000000000\r\n\r\n", cancel);
            await Task.Delay(Timeout.Infinite, cancel);
        };
        await world.RefusedAsync(VolumeFault.TooLarge, "longer than", () => world.FetchAsync(Bytes, type: ImageType.Disk, most: MiB));
    }

    [Fact]
    public async Task A_length_that_is_a_lie_gives_other_bytes_or_too_few()
    {
        await using var world = new FetchWorld(jail);
        world.Server.Answer = async (_, stream, cancel) =>
        {
            await FileServer.WriteAsync(stream, $"HTTP/1.1 200 OK\r\nContent-Length: {Bytes.Length - 100}\r\n\r\n", cancel);
            await stream.WriteAsync(Bytes, cancel);
        };
        await world.RefusedAsync(VolumeFault.DigestMismatch, "digest", () => world.FetchAsync(Bytes));

        world.Server.Answer = async (_, stream, cancel) =>
        {
            await FileServer.WriteAsync(stream, $"HTTP/1.1 200 OK\r\nContent-Length: {Bytes.Length + 100}\r\n\r\n", cancel);
            await stream.WriteAsync(Bytes, cancel);
        };
        await world.RefusedAsync(VolumeFault.Unreachable, "it was cut", () => world.FetchAsync(Bytes));
    }

    [Fact]
    public async Task A_compressed_answer_is_kept_as_it_came()
    {
        using var packed = new MemoryStream();
        await using (var gzip = new System.IO.Compression.GZipStream(packed, System.IO.Compression.CompressionLevel.SmallestSize, leaveOpen: true)) await gzip.WriteAsync(new byte[64 * MiB], Token);
        var bomb = packed.ToArray();
        await using var world = new FetchWorld(jail);
        world.Server.Answer = async (request, stream, cancel) =>
        {
            Assert.Equal("identity", request.Field("Accept-Encoding"));
            await FileServer.WriteAsync(stream, $"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {bomb.Length}\r\n\r\n", cancel);
            await stream.WriteAsync(bomb, cancel);
        };
        Assert.Equal(bomb.Length, (await world.FetchAsync(bomb)).Size);
    }

    [Fact]
    public async Task Headers_without_end_are_refused()
    {
        await using var world = new FetchWorld(jail);
        world.Server.Answer = async (_, stream, cancel) =>
        {
            await FileServer.WriteAsync(stream, "HTTP/1.1 200 OK\r\n", cancel);
            while (true) await FileServer.WriteAsync(stream, $"X-More: {new string('x', 60_000)}\r\n", cancel);
        };
        var refused = await Assert.ThrowsAsync<VolumeException>(() => world.FetchAsync(Bytes));
        Assert.True(refused.Fault is VolumeFault.Refused or VolumeFault.Unreachable or VolumeFault.Failed, refused.Message);
    }

    [Fact]
    public async Task A_source_that_is_too_slow_is_given_up_and_what_came_is_kept()
    {
        await using var world = new FetchWorld(jail) { StallSeconds = 2 };
        world.Server.Answer = async (request, stream, cancel) =>
        {
            if (request.Field("Range") is null) await FileServer.SendAsync(request, stream, Bytes, "\"1\"", cancel, cutAfter: MiB);
            await Task.Delay(Timeout.Infinite, cancel);
        };
        await world.RefusedAsync(VolumeFault.Unreachable, "can't be reached or broke off", () => world.FetchAsync(Bytes));
        Assert.Equal(MiB, new FileInfo(Path.Combine(world.Pool.Pool.Partials, world.Uid, "data")).Length);

        world.Server.Answer = (request, stream, cancel) => FileServer.SendAsync(request, stream, Bytes, "\"1\"", cancel);
        Assert.Equal(Bytes.Length, (await world.FetchAsync(Bytes)).Size);
    }

    [Fact]
    public async Task A_pool_that_fills_up_ends_the_fetch()
    {
        await using var world = new FetchWorld(jail, mebibytes: 8);
        world.Server.Answer = (request, stream, cancel) => FileServer.SendAsync(request, stream, new byte[32 * MiB], null, cancel);
        var refused = await Assert.ThrowsAsync<VolumeException>(() => world.FetchAsync(new byte[32 * MiB]));
        Assert.Equal(VolumeFault.NoSpace, refused.Fault);
    }
}
