using System.Collections.Concurrent;
using Rempart.Protocols.Etcd;
using Rempart.Store.Etcd;
using Rempart.Testing.Etcd;
using Rempart.Testing.Store;
using static Rempart.Testing.Store.StoreCalls;

namespace Rempart.Store.Tests.Etcd;

/// <summary>What concerns etcd alone: who may connect, who else is there, and how large things get.</summary>
[Trait("level", "real")]
public sealed class EtcdStoreTests(SingleEtcd etcd) : IClassFixture<SingleEtcd>
{
    private readonly EtcdCluster _cluster = etcd.Cluster;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Instances_share_an_etcd_and_see_nothing_of_each_other()
    {
        await using var first = await OpenAsync("one");
        var revision = await first.WriteAsync(Put("k", "1"));
        await using var second = await OpenAsync("two");
        Assert.Equal((1, 1), ((await second.CurrentAsync(Stop)).Revision, (await second.CurrentAsync(Stop)).CompactedRevision));
        Assert.Empty((await second.ListAsync(StoreRange.All)).Entries);
        await using var watch = new WatchRecorder(first, "", revision);
        await watch.NextAsync();

        await second.WriteAsync(Put("k", "2"));
        Assert.Equal(revision, await first.RevisionAsync());
        var next = await first.WriteAsync(Put("k", "3", revision));
        Assert.Equal($"k=3@{next}/{revision}", Assert.Single((await watch.NextAsync()).Events).Show());
        Assert.NotEqual((await first.CurrentAsync(Stop)).Incarnation, (await second.CurrentAsync(Stop)).Incarnation);
    }

    [Fact]
    public async Task Two_servers_over_one_store_see_each_others_writes()
    {
        await using var a = await OpenAsync("both");
        await using var b = await OpenAsync("both");
        Assert.Equal(await a.CurrentAsync(Stop), await b.CurrentAsync(Stop));
        await using var watch = new WatchRecorder(b, "", 1);
        await watch.NextAsync();
        var revision = 0L;
        for (var i = 0; i < 50; i++)
        {
            revision = await (i % 2 == 0 ? a : b).WriteAsync(Put("k", $"{i}", revision));
            Assert.Equal(revision, (await b.GetAsync("k"))!.ModRevision);
            Assert.Equal(revision, await b.RevisionAsync());
            Assert.Equal(revision, (await b.ListAsync(StoreRange.All)).Entries[0].ModRevision);
        }

        await watch.CatchUpAsync();
        Assert.Equal(50, watch.Events.Count);
        Assert.False((await a.CommitAsync([Put("k", "late", revision - 1)], Stop)).IsCommitted);
    }

    [Fact]
    public async Task A_certificate_of_another_authority_is_refused_by_whoever_sees_it()
    {
        var folder = Directory.CreateTempSubdirectory("rempart-strange-");
        try
        {
            using var strangers = new EtcdCertificates(folder.FullName);
            using var strange = strangers.Issue("client");
            var options = _cluster.Options("x") with { RetryTimeout = TimeSpan.FromSeconds(1) };
            var told = new List<string>();
            var unknown = await Assert.ThrowsAsync<StoreUnavailableException>(() => EtcdStore.OpenAsync(options with { Certificate = () => strange, Left = (_, why) => told.Add(why) }, Stop));
            Assert.Contains("signed our certificate", unknown.Message, StringComparison.Ordinal);
            // Tried again and again, told once.
            Assert.Single(told);
            await Assert.ThrowsAsync<StoreUnavailableException>(() => EtcdStore.OpenAsync(options with { Certificate = null }, Stop));
            var distrusted = await Assert.ThrowsAsync<StoreUnavailableException>(() => EtcdStore.OpenAsync(options with { Authorities = strangers.Authorities }, Stop));
            Assert.Contains("certificate", distrusted.Message, StringComparison.Ordinal);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task A_member_with_a_certificate_for_another_address_is_not_believed()
    {
        var options = _cluster.Options("x") with { RetryTimeout = TimeSpan.FromSeconds(1), Endpoints = [new UriBuilder(_cluster.Endpoints[0]) { Host = "localhost" }.Uri] };
        await Assert.ThrowsAsync<StoreUnavailableException>(() => EtcdStore.OpenAsync(options, Stop));
    }

    [Theory]
    [InlineData("http://192.0.2.1:2379")]
    [InlineData("ftp://127.0.0.1:2379")]
    public async Task What_is_not_encrypted_is_not_spoken_to(string endpoint) =>
        await Assert.ThrowsAsync<ArgumentException>(() => EtcdStore.OpenAsync(_cluster.Options("x") with { Endpoints = [new Uri(endpoint)] }, Stop));

    [Fact]
    public async Task Who_compacts_the_whole_etcd_takes_history_from_all_and_they_say_so()
    {
        await using var store = await OpenAsync("compacted");
        var first = await store.WriteAsync(Put("k", "1"));
        var second = await store.WriteAsync(Put("k", "2", first));
        await using var watch = new WatchRecorder(store, "", second);
        await watch.NextAsync();
        using (var client = _cluster.Connect())
        {
            var now = (await client.RangeAsync(new EtcdRange("/x", End: null), EtcdClient.AnswerBytes, Stop)).Header.Revision;
            await client.CompactAsync(now, TimeSpan.FromSeconds(10), Stop);
        }

        var refused = await Assert.ThrowsAsync<StoreCompactedException>(() => store.ListAsync(StoreRange.All, first));
        Assert.True(refused.CompactedRevision >= second, "it does not say how far");
        Assert.True((await store.CurrentAsync(Stop)).CompactedRevision > first, "it was not written down");
        await using var late = new WatchRecorder(store, "", first);
        await Assert.ThrowsAsync<StoreCompactedException>(late.NextAsync);
        var third = await store.WriteAsync(Put("k", "3", second));
        Assert.Equal(third, Assert.Single((await watch.NextAsync()).Events).Revision);
    }

    [Fact]
    public async Task A_store_that_was_replaced_takes_no_more_writes_of_who_opened_the_one_before()
    {
        await using var store = await OpenAsync("replaced");
        await store.WriteAsync(Put("k", "1"));
        using (var client = _cluster.Connect())
        {
            await client.TransactAsync(new EtcdTransaction([], [EtcdOperation.Delete("/rempart/replaced/m/store"), EtcdOperation.Delete("/rempart/replaced/kk")], []), Stop);
        }

        await using var other = await OpenAsync("replaced");
        foreach (var call in new Func<Task>[] { () => store.WriteAsync(Put("new", "1")), () => store.RevisionAsync(), () => store.ListAsync(StoreRange.All) })
        {
            Assert.Contains("replaced", (await Assert.ThrowsAsync<StoreUnavailableException>(call)).Message, StringComparison.Ordinal);
        }

        Assert.Empty((await other.ListAsync(StoreRange.All)).Entries);
    }

    [Fact]
    public async Task A_store_that_went_back_is_not_gone_on_with()
    {
        await using var store = await OpenAsync("back");
        await store.WriteAsync(Put("k", "1"));
        // As an older copy has it that somebody put in its place.
        using (var client = _cluster.Connect()) await client.TransactAsync(new EtcdTransaction([], [EtcdOperation.Delete("/rempart/back/m/head")], []), Stop);
        Assert.Contains("replaced", (await Assert.ThrowsAsync<StoreUnavailableException>(() => store.RevisionAsync())).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_that_only_reads_follows_another_member_when_its_own_is_silent()
    {
        await using var cluster = await EtcdCluster.StartAsync(3, Stop);
        var leader = await cluster.ServesAsync(Stop);
        await using var writer = await EtcdStart.OpenAsync(cluster.Options("quiet"), leader, Stop);
        var revision = (await writer.CurrentAsync(Stop)).Revision;
        var written = 0L;
        foreach (var member in cluster.Members.Where(member => member != leader))
        {
            var left = new ConcurrentQueue<Uri>();
            await using var reader = await EtcdStart.OpenAsync(cluster.Options("quiet") with { Left = (which, _) => left.Enqueue(which) }, member, Stop);
            await using var watch = new WatchRecorder(reader, "", revision);
            await watch.NextAsync();
            member.Freeze();
            revision = written = await writer.WriteAsync(Put("k", member.Name, written));
            await watch.CatchUpAsync();
            Assert.Equal(revision, Assert.Single(watch.Events).Revision);
            Assert.Contains(member.Client, left);
            member.Thaw();
            await cluster.ServesAsync(Stop);
        }
    }

    [Fact]
    public async Task A_page_of_small_and_large_values_is_read_whatever_pieces_it_takes()
    {
        await using var store = await OpenAsync("pages");
        for (var i = 0; i < 600; i++) await store.WriteAsync(Put($"a{i:D4}", "small"));
        for (var i = 0; i < 30; i++) await store.WriteAsync(new StoreWrite($"b{i:D2}", new byte[StoreLimits.ValueBytes - i], 0));
        var page = await store.ListAsync(StoreRange.All);
        Assert.Equal((616, 14L), (page.Entries.Count, page.RemainingCount));
        var rest = await store.ListAsync(StoreRange.All.After(page.Entries[^1].Key), page.Revision);
        Assert.Equal((14, 0L), (rest.Entries.Count, rest.RemainingCount));
        Assert.Equal(Enumerable.Range(0, 14).Select(i => StoreLimits.ValueBytes - 16 - i), rest.Entries.Select(entry => entry.Value.Length));
    }

    [Fact]
    public async Task The_largest_commit_is_there_after_a_restart_and_in_one_batch_of_a_watch()
    {
        await using var cluster = await EtcdCluster.StartAsync(1, Stop);
        await using var store = await EtcdStore.OpenAsync(cluster.Options("large"), Stop);
        await using var watch = new WatchRecorder(store, "", 1);
        await watch.NextAsync();
        StoreWrite[] Writes(int bytes) => [.. Enumerable.Range(0, StoreLimits.CommitWrites).Select(i => new StoreWrite($"k{i}", new byte[bytes / StoreLimits.CommitWrites - 2], 0))];
        await Assert.ThrowsAsync<StoreLimitException>(() => store.WriteAsync(Writes(EtcdStore.CommitBytes + 8)));
        var revision = await store.WriteAsync(Writes(EtcdStore.CommitBytes));
        Assert.Equal(StoreLimits.CommitWrites, (await watch.NextAsync()).Events.Count);
        cluster.Members[0].Kill();
        cluster.Members[0].Start();
        await cluster.ServesAsync(Stop);
        Assert.All((await store.ListAsync(StoreRange.All)).Entries, entry => Assert.Equal((revision, EtcdStore.CommitBytes / StoreLimits.CommitWrites - 2), (entry.ModRevision, entry.Value.Length)));
    }

    [Fact]
    public async Task An_etcd_that_takes_only_small_requests_says_what_to_set()
    {
        await using var cluster = await EtcdCluster.StartAsync(1, Stop, requestBytes: null);
        await using var store = await EtcdStore.OpenAsync(cluster.Options("small"), Stop);
        // Etcd answers, and closes the stream, while the request is still on its way: whatever is seen first means the same.
        for (var i = 0; i < 50; i++)
        {
            var refused = await Assert.ThrowsAsync<StoreLimitException>(() => store.WriteAsync(new StoreWrite("k", new byte[(2 + i % 3) * 1024 * 1024], 0)));
            Assert.Contains("--max-request-bytes", refused.Message, StringComparison.Ordinal);
        }

        Assert.Null(await store.GetAsync("k"));
        await store.WriteAsync(Put("k", "1"));
    }

    [Fact]
    public async Task A_full_etcd_says_that_nothing_was_written_only_if_nothing_was()
    {
        await using var cluster = await EtcdCluster.StartAsync(1, Stop, quotaBytes: 8 * 1024 * 1024);
        await using var store = await EtcdStore.OpenAsync(cluster.Options("full"), Stop);
        var (written, refused) = (0, 0);
        for (var i = 0; refused < 5; i++)
        {
            Assert.True(i < 200, "it never got full");
            try
            {
                await store.WriteAsync(new StoreWrite($"k{i:D3}", new byte[512 * 1024], 0));
                written++;
            }
            catch (StoreUnavailableException full)
            {
                refused++;
                // The one that reaches the quota is done by etcd, which then says that there is no room.
                Assert.Equal(full.IsDiskFull, await store.GetAsync($"k{i:D3}") is null);
            }
        }

        // Reads go on, and history can be forgotten.
        var page = await store.ListAsync(StoreRange.All);
        Assert.True(page.Entries.Count >= written, "something is lost");
        await store.CompactAsync(page.Revision, Stop);
    }

    private async Task<EtcdStore> OpenAsync(string instance) => await EtcdStore.OpenAsync(_cluster.Options(instance), Stop);
}
