using Rempart.Testing.Etcd;

namespace Rempart.Store.Tests.Etcd;

/// <summary>Members of a real cluster of three fail while writers write and a follower follows.</summary>
[Trait("level", "real")]
public sealed class EtcdFaultTests : IAsyncLifetime
{
    private EtcdCluster _cluster = null!;
    private EtcdWorkload _work = null!;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _cluster = await EtcdCluster.StartAsync(3, Stop);
        _work = new EtcdWorkload(_cluster, "faults");
    }

    public async ValueTask DisposeAsync()
    {
        await _work.DisposeAsync();
        await _cluster.DisposeAsync();
    }

    [Fact]
    public async Task Leaders_are_killed_one_after_another()
    {
        await _work.StartAsync();
        for (var round = 0; round < 3; round++)
        {
            var leader = await _cluster.ServesAsync(Stop);
            leader.Kill();
            await _work.AdvanceAsync(50);
            leader.Start();
            await _work.AdvanceAsync(50);
        }

        await _work.CheckAsync();
    }

    [Fact]
    public async Task The_leader_freezes_with_its_connections_open_and_thaws()
    {
        await _work.StartAsync();
        var leader = await _cluster.ServesAsync(Stop);
        leader.Freeze();
        // Also those who worked with the frozen member go on with another.
        await _work.LeaveAsync(leader);
        await _work.AdvanceAsync(400);
        leader.Thaw();
        await _work.AdvanceAsync(100);
        await _work.CheckAsync();
    }

    [Fact]
    public async Task A_follower_freezes()
    {
        await _work.StartAsync();
        var leader = await _cluster.ServesAsync(Stop);
        var follower = _cluster.Members.First(member => member != leader);
        follower.Freeze();
        await _work.LeaveAsync(follower);
        await _work.AdvanceAsync(400);
        follower.Thaw();
        await _work.AdvanceAsync(100);
        await _work.CheckAsync();
    }

    [Fact]
    public async Task All_members_are_killed_and_come_back()
    {
        await _work.StartAsync();
        foreach (var member in _cluster.Members) member.Kill();
        await using var alone = new EtcdWorkload(_cluster, "alone");
        var refused = await Assert.ThrowsAsync<StoreUnavailableException>(alone.StartAsync);
        Assert.Contains("can't be reached", refused.Message, StringComparison.Ordinal);
        foreach (var member in _cluster.Members) member.Start();
        await _work.AdvanceAsync(200);
        await _work.CheckAsync();
    }

    [Fact]
    public async Task History_is_compacted_under_a_watch_while_a_leader_dies()
    {
        await _work.StartAsync();
        await using var store = await Rempart.Store.Etcd.EtcdStore.OpenAsync(_cluster.Options("faults"), Stop);
        await using var follower = new Rempart.Testing.Store.WatchRecorder(store, "", (await store.CurrentAsync(Stop)).Revision);
        await follower.CatchUpAsync();
        var told = follower.Revision;
        for (var round = 0; round < 4; round++)
        {
            if (round == 2) (await _cluster.ServesAsync(Stop)).Kill();
            await _work.AdvanceAsync(50);
            await follower.CatchUpAsync();
            // All but what the followers have yet to be told.
            await store.CompactAsync(told, Stop);
            told = follower.Revision;
        }

        Assert.True((await store.CurrentAsync(Stop)).CompactedRevision > 1, "nothing was compacted");
        foreach (var key in follower.Events.GroupBy(change => change.Key))
        {
            var numbers = key.Select(change => int.Parse(System.Text.Encoding.ASCII.GetString(change.Value!.Value.Span), System.Globalization.CultureInfo.InvariantCulture)).ToList();
            Assert.Equal(Enumerable.Range(numbers[0], numbers.Count), numbers);
        }
    }
}
