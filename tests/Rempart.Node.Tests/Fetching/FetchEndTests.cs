using System.Security.Cryptography;
using Rempart.Node.Fetching;
using Rempart.Node.Tests.Volumes;
using Rempart.Node.Volumes;
using Rempart.Testing.Disks;
using Rempart.Testing.Time;

namespace Rempart.Node.Tests.Fetching;

/// <summary>What must come to an end, and what must not.</summary>
[Trait("level", "real")]
public sealed class FetchEndTests(JailedToolFixture jail) : IClassFixture<JailedToolFixture>
{
    private const int MiB = 1 << 20;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_source_that_cuts_each_answer_and_has_other_bytes_is_asked_for_all_of_them_twice_and_no_more()
    {
        await using var world = new FetchWorld(jail);
        var (wanted, had) = (RandomNumberGenerator.GetBytes(2 * MiB), RandomNumberGenerator.GetBytes(2 * MiB));
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(Token);
        world.Server.Answer = async (request, stream, cancel) =>
        {
            if (world.Server.Requests.Count > 4) await enough.CancelAsync();
            await FileServer.SendAsync(request, stream, had, "\"1\"", cancel, cutAfter: world.Server.Requests.Count % 2 * MiB is var cut and > 0 ? cut : null);
        };
        await world.RefusedAsync(VolumeFault.DigestMismatch, "sha256", () => world.FetchAsync(wanted, cancellationToken: enough.Token));
        Assert.Equal(4, world.Server.Requests.Count);
    }

    [Theory]
    [InlineData(23, 99, "NoSpace", "no room")]
    [InlineData(23, 100, "TooLarge", "longer than the 100 bytes")]
    [InlineData(63, 0, "TooLarge", "longer than the 100 bytes")]
    [InlineData(153, 100, "TooLarge", "longer than the 100 bytes")]
    public void Bytes_that_can_not_be_written_find_no_room_unless_they_are_too_many(int exit, long length, string fault, string says)
    {
        using var body = File.OpenHandle("/dev/null");
        var outcome = CurlOutcome.Of(new CurlAnswer(exit, 200, null, [], "curl: (23) Failure writing output to destination") { Length = length }, new CurlRequest { Url = new("https://images.test/disk"), Body = body, Most = 100, SourcePort = 443 });
        Assert.Equal((CurlStep.Failed, fault), (outcome.Step, outcome.Failure!.Fault.ToString()));
        Assert.Contains(says, outcome.Failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_the_sweep_can_not_remove_ends_neither_it_nor_the_agent()
    {
        // Given three that nobody goes on with, of which one can't be moved away: a file system is mounted there
        await using var world = new FetchWorld(jail);
        var time = new ManualTime(TimeProvider.System.GetUtcNow());
        var partials = new Partials(world.Pool.Pool, time);
        var held = Path.Combine(world.Pool.Pool.Partials, "77777777-7777-7777-7777-777777777777");
        foreach (var uid in new[] { "00000000-0000-0000-0000-000000000000", "ffffffff-ffff-ffff-ffff-ffffffffffff" })
        {
            using var partial = partials.Enter(uid);
            await File.WriteAllBytesAsync(partial.Data, [1, 2, 3], Token);
        }

        using (new SmallDisk(held, 1))
        {
            time.Advance(Partials.Kept + TimeSpan.FromMinutes(1));
            using var stop = CancellationTokenSource.CreateLinkedTokenSource(Token);
            var sweeping = partials.RunAsync(stop.Token);

            // Then the others go, and it sweeps on: what comes later goes too
            Assert.Equal([held], Directory.GetDirectories(world.Pool.Pool.Partials));
            using (var later = partials.Enter(world.Uid)) await File.WriteAllBytesAsync(later.Data, [1], Token);
            await Eventually.HoldsAsync("a further sweep", time, Partials.Kept, () => sweeping.IsCompleted || Directory.GetDirectories(world.Pool.Pool.Partials) is [var one] && one == held, Token);
            Assert.False(sweeping.IsCompleted, $"the sweep ended: {sweeping.Exception}");
            await stop.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => sweeping);
        }

        Directory.Delete(held);
    }
}
