using System.Globalization;
using System.Security.Cryptography;
using Rempart.Node.Fetching;
using Rempart.Node.Tests.Volumes;
using Rempart.Node.Volumes;
using Rempart.Testing.Time;

namespace Rempart.Node.Tests.Fetching;

[Trait("level", "real")]
public sealed class FetchResumeTests(JailedToolFixture jail) : IClassFixture<JailedToolFixture>
{
    private const int MiB = 1 << 20;
    private static readonly byte[] Bytes = RandomNumberGenerator.GetBytes(3 * MiB);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_connection_that_is_cut_goes_on_where_it_was()
    {
        await using var world = new FetchWorld(jail);
        // Cut at one and at two thirds.
        world.Server.Answer = (request, stream, cancel) => FileServer.SendAsync(request, stream, Bytes, "\"1\"", cancel, cutAfter: world.Server.Requests.Count * MiB);
        Assert.Equal(Bytes.Length, (await world.FetchAsync(Bytes)).Size);
        Assert.Equal([null, string.Create(CultureInfo.InvariantCulture, $"bytes={MiB}-"), string.Create(CultureInfo.InvariantCulture, $"bytes={2 * MiB}-")], world.Server.Requests.Select(request => request.Field("Range")));
        Assert.Equal([null, "\"1\"", "\"1\""], world.Server.Requests.Select(request => request.Field("If-Range")));
    }

    [Fact]
    public async Task An_agent_that_comes_again_goes_on_where_the_last_one_was()
    {
        await using var world = new FetchWorld(jail);
        world.Server.Answer = async (request, stream, cancel) =>
        {
            await FileServer.SendAsync(request, stream, Bytes, "\"1\"", cancel, cutAfter: MiB);
            await Task.Delay(Timeout.Infinite, cancel);
        };
        using var gone = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var first = world.FetchAsync(Bytes, cancellationToken: gone.Token);
        await Eventually.HoldsAsync("a third of the bytes", () => world.Told.Any(told => told.Received == MiB), Token);
        await gone.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
        // What an agent does when it starts.
        world.Pool.Pool.Prepare();

        world.Server.Answer = (request, stream, cancel) => FileServer.SendAsync(request, stream, Bytes, "\"1\"", cancel);
        Assert.Equal(Bytes.Length, (await world.FetchAsync(Bytes)).Size);
        Assert.Equal(string.Create(CultureInfo.InvariantCulture, $"bytes={MiB}-"), world.Server.Requests[^1].Field("Range"));
    }

    [Fact]
    public async Task A_server_that_can_not_go_on_is_asked_for_all_of_it()
    {
        await using var world = new FetchWorld(jail);
        world.Server.Answer = async (_, stream, cancel) =>
        {
            await FileServer.WriteAsync(stream, $"HTTP/1.1 200 OK\r\nContent-Length: {Bytes.Length}\r\n\r\n", cancel);
            await stream.WriteAsync(world.Server.Requests.Count == 1 ? Bytes.AsMemory(0, MiB) : Bytes, cancel);
        };
        Assert.Equal(Bytes.Length, (await world.FetchAsync(Bytes)).Size);
        Assert.Equal(3, world.Server.Requests.Count);
    }

    [Fact]
    public async Task A_file_that_changed_meanwhile_is_fetched_anew()
    {
        await using var world = new FetchWorld(jail);
        var before = RandomNumberGenerator.GetBytes(Bytes.Length);
        world.Server.Answer = (request, stream, cancel) => world.Server.Requests.Count == 1
            ? FileServer.SendAsync(request, stream, before, "\"1\"", cancel, cutAfter: MiB)
            : FileServer.SendAsync(request, stream, Bytes, "\"2\"", cancel);
        Assert.Equal(Bytes.Length, (await world.FetchAsync(Bytes)).Size);
    }

    [Fact]
    public async Task One_that_changed_without_saying_so_is_found_by_its_digest_and_fetched_anew()
    {
        await using var world = new FetchWorld(jail);
        var before = RandomNumberGenerator.GetBytes(Bytes.Length);
        world.Server.Answer = (request, stream, cancel) => world.Server.Requests.Count == 1
            ? FileServer.SendAsync(request, stream, before, null, cancel, cutAfter: MiB)
            : FileServer.SendAsync(request, stream, Bytes, null, cancel);
        Assert.Equal(Bytes.Length, (await world.FetchAsync(Bytes)).Size);
        Assert.Equal(3, world.Server.Requests.Count);
    }

    [Fact]
    public async Task What_nobody_goes_on_with_is_swept()
    {
        await using var world = new FetchWorld(jail);
        var time = new ManualTime(TimeProvider.System.GetUtcNow());
        var partials = new Partials(world.Pool.Pool, time);
        using (var partial = partials.Enter(world.Uid))
        {
            await File.WriteAllBytesAsync(partial.Data, [1, 2, 3], Token);
            time.Advance(Partials.Kept + TimeSpan.FromMinutes(1));
            partials.Sweep();
            Assert.True(File.Exists(partial.Data), "it is in use");
            Assert.Equal(VolumeFault.Busy, Assert.Throws<VolumeException>(() => partials.Enter(world.Uid)).Fault);
        }

        partials.Sweep();
        Assert.Empty(Directory.EnumerateFileSystemEntries(world.Pool.Pool.Partials));
        Assert.Equal(VolumeFault.Refused, Assert.Throws<VolumeException>(() => partials.Enter("../images")).Fault);
    }
}
