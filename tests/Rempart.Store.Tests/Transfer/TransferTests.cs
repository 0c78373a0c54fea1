using System.Text;
using Rempart.Store.Etcd;
using Rempart.Store.Sqlite;
using Rempart.Store.Tests.Etcd;
using Rempart.Store.Transfer;
using Rempart.Testing.Store;
using static Rempart.Testing.Store.StoreCalls;

namespace Rempart.Store.Tests.Transfer;

/// <summary>Stores are moved between a file and etcd, saved and restored.</summary>
[Trait("level", "real")]
public sealed class TransferTests : IClassFixture<SingleEtcd>, IDisposable
{
    private static int _instances;
    private readonly string _folder = Directory.CreateTempSubdirectory("rempart-transfer-").FullName;
    private readonly EtcdStoreOptions _etcd;
    private readonly Seen _progress = new();

    public TransferTests(SingleEtcd etcd) => _etcd = etcd.Cluster.Options($"x{Interlocked.Increment(ref _instances)}");

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private string FilePath => Path.Combine(_folder, "a", "store.db");

    private string OtherPath => Path.Combine(_folder, "b", "store.db");

    private string Backup => Path.Combine(_folder, "backup");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task A_store_goes_to_etcd_and_back_whole_and_above_every_revision_that_it_had()
    {
        var (wanted, revision) = await FillAsync(1000);
        TransferResult there;
        await using (var source = SqliteSource.Open(FilePath, exclusive: true))
        await using (var target = await EtcdTarget.OpenAsync(_etcd, source.Identity, source.Revision + 1, Stop))
        {
            there = await StoreTransfer.CopyAsync(source, target, _progress, Stop);
        }

        long last;
        await using (var moved = await EtcdStore.OpenAsync(_etcd, Stop))
        {
            Assert.Equal(wanted, await ShowAsync(moved));
            await RefusesThePastAsync(moved, revision);
            // It is a store like any other.
            var entry = (await moved.GetAsync("/k/0001"))!;
            last = await moved.WriteAsync(Put("/k/0001", "new", entry.ModRevision), Delete("/k/0002", (await moved.GetAsync("/k/0002"))!.ModRevision));
            wanted = await ShowAsync(moved);
        }

        await using (var source = await EtcdSource.TakeAsync(_etcd, "moving", Stop))
        await using (var target = await SqliteTarget.OpenAsync(OtherPath, source.Identity, source.Revision + 1, Stop))
        {
            var back = await StoreTransfer.CopyAsync(source, target, _progress, Stop);
            Assert.Equal(999, back.Count);
            Assert.NotEqual(there.Digest, back.Digest);
            await source.ReleaseAsync("it was moved", Stop);
        }

        await using var again = SqliteStore.Open(new SqliteStoreOptions { Path = OtherPath });
        Assert.Equal(wanted, await ShowAsync(again));
        await RefusesThePastAsync(again, last);
        Assert.Contains("it was moved", (await Assert.ThrowsAsync<StoreUnavailableException>(() => EtcdStore.OpenAsync(_etcd, Stop))).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_was_cut_off_goes_on_where_it_was_and_nobody_uses_it_before(bool toEtcd)
    {
        var (wanted, _) = await FillAsync(3000);
        for (var cuts = 0; cuts < 3; cuts++)
        {
            using var cut = new CancellationTokenSource();
            _progress.Then = done =>
            {
                if (done >= 512) cut.Cancel();
            };
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => CopyAsync(toEtcd, cut.Token));
            if (toEtcd) Assert.Contains("not finished", (await Assert.ThrowsAsync<StoreUnavailableException>(() => EtcdStore.OpenAsync(_etcd, Stop))).Message, StringComparison.Ordinal);
            else Assert.False(File.Exists(OtherPath));
        }

        _progress.Then = null;
        var result = await CopyAsync(toEtcd, Stop);
        Assert.Equal(3000, result.Count);
        Assert.InRange(result.Resumed, 1, 2999);
        await using IStore store = toEtcd ? await EtcdStore.OpenAsync(_etcd, Stop) : SqliteStore.Open(new SqliteStoreOptions { Path = OtherPath });
        Assert.Equal(wanted, await ShowAsync(store));
    }

    [Fact]
    public async Task What_another_transfer_began_is_not_gone_on_with()
    {
        await FillAsync(1000);
        using var cut = new CancellationTokenSource();
        _progress.Then = _ => cut.Cancel();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => CopyAsync(toEtcd: true, cut.Token));
        await using (var store = SqliteStore.Open(new SqliteStoreOptions { Path = FilePath })) await store.WriteAsync(Put("/later", "1"));
        _progress.Then = null;
        Assert.Contains("out of use", (await Assert.ThrowsAsync<TransferException>(() => CopyAsync(toEtcd: true, Stop))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_target_with_content_and_a_source_in_use_are_refused()
    {
        await FillAsync(10);
        await using (var used = await EtcdStore.OpenAsync(_etcd with { Server = "server-1" }, Stop))
        {
            await Assert.ThrowsAsync<TransferException>(() => EtcdTarget.OpenAsync(_etcd, "x", 1, Stop));
            Assert.Contains("server-1", (await Assert.ThrowsAsync<TransferException>(() => EtcdSource.TakeAsync(_etcd, "moving", Stop))).Message, StringComparison.Ordinal);
            // It was not disturbed.
            await used.WriteAsync(Put("k", "1"));
        }

        await Assert.ThrowsAsync<TransferException>(() => SqliteTarget.OpenAsync(FilePath, "x", 1, Stop));
        await using (SqliteStore.Open(new SqliteStoreOptions { Path = FilePath }))
        {
            Assert.Throws<StoreUnavailableException>(() => SqliteSource.Open(FilePath, exclusive: true));
        }

        // A server that ended leaves nothing behind; one that opens the store while it is moved is refused.
        await using var source = await EtcdSource.TakeAsync(_etcd, "moving", Stop);
        await Assert.ThrowsAsync<StoreUnavailableException>(() => EtcdStore.OpenAsync(_etcd with { Server = "server-2" }, Stop));
        await source.ReleaseAsync(why: null, Stop);
        await using var again = await EtcdStore.OpenAsync(_etcd, Stop);
        Assert.NotNull(await again.GetAsync("k"));
    }

    [Fact]
    public async Task A_server_that_was_cut_off_while_its_store_was_taken_writes_nothing_more()
    {
        await using var server = await EtcdStore.OpenAsync(_etcd, Stop);
        await server.WriteAsync(Put("k", "1"));
        await using var source = await EtcdSource.TakeAsync(_etcd, "moving", Stop);
        Assert.Contains("moving", (await Assert.ThrowsAsync<StoreUnavailableException>(() => server.WriteAsync(Put("late", "1")))).Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<StoreUnavailableException>(() => server.RevisionAsync());
    }

    [Fact]
    public async Task A_move_ends_in_no_store_when_its_source_was_put_back_into_use_meanwhile()
    {
        await using (var before = await EtcdStore.OpenAsync(_etcd, Stop)) await before.WriteAsync(Put("/k", "1"));
        await using var source = await EtcdSource.TakeAsync(_etcd, "moving", Stop);
        await using var target = await SqliteTarget.OpenAsync(OtherPath, source.Identity, source.Revision + 1, Stop);
        await using (var giving = await EtcdSource.TakeAsync(_etcd, "moving", Stop)) await giving.ReleaseAsync(why: null, Stop);
        await using (var server = await EtcdStore.OpenAsync(_etcd, Stop)) await server.WriteAsync(Put("/late", "1"));
        await using (await EtcdSource.TakeAsync(_etcd, "moving", Stop))
        {
            await Assert.ThrowsAsync<TransferException>(() => StoreTransfer.CopyAsync(source, target, _progress, Stop));
            await Assert.ThrowsAsync<TransferException>(() => source.ReleaseAsync("it was moved", Stop));
        }

        Assert.False(File.Exists(OtherPath));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_backup_of_a_busy_store_is_one_moment_and_restores_to_one(bool ofEtcd)
    {
        await using IStore store = ofEtcd ? await EtcdStore.OpenAsync(_etcd, Stop) : SqliteStore.Open(new SqliteStoreOptions { Path = FilePath });
        for (var i = 0; i < 2000; i += 8) await store.WriteAsync([.. Enumerable.Range(i, 8).Select(k => Put($"/k/{k:D4}", "filler"))]);
        var revision = await store.WriteAsync(Put("/a", "0"), Put("/z", "0"));
        using var enough = new CancellationTokenSource();
        var written = 0;
        var writing = Task.Run(async () =>
        {
            for (var i = 1; !enough.IsCancellationRequested; i++)
            {
                revision = await store.WriteAsync(Put("/a", $"{i}", revision), Put("/z", $"{i}", revision));
                Interlocked.Increment(ref written);
            }
        });
        // Between `/a` and `/z` both are written again and again.
        var meanwhile = 0;
        _progress.Then = _ =>
        {
            var before = Volatile.Read(ref written);
            Assert.True(SpinWait.SpinUntil(() => Volatile.Read(ref written) > before, TimeSpan.FromMinutes(1)), "nothing is written during the backup");
            meanwhile++;
        };
        BackupFile made;
        await using (IStoreSource source = ofEtcd ? await EtcdSource.OpenAsync(_etcd, Stop) : SqliteSource.Open(FilePath, exclusive: false))
        {
            made = await BackupFile.WriteAsync(source, (await store.CurrentAsync(Stop)).Incarnation, Backup, TimeProvider.System, _progress, Stop);
        }

        _progress.Then = null;
        await enough.CancelAsync();
        await writing;
        Assert.Equal(2002 / 256, meanwhile);
        Assert.InRange(made.Revision, 1, revision - meanwhile);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Backup));
        await using var target = await SqliteTarget.OpenAsync(OtherPath, made.Identity, StoreTransfer.RestoreRevision(made.Revision, TimeProvider.System), Stop);
        Assert.Equal(2002, (await StoreTransfer.CopyAsync(made, target, _progress, Stop)).Count);
        await using var restored = SqliteStore.Open(new SqliteStoreOptions { Path = OtherPath });
        Assert.Equal((await restored.GetAsync("/a"))!.Value.ToArray(), (await restored.GetAsync("/z"))!.Value.ToArray());
        Assert.NotEqual((await store.CurrentAsync(Stop)).Incarnation, (await restored.CurrentAsync(Stop)).Incarnation);
        // Also what was issued after the backup is in the past.
        await RefusesThePastAsync(restored, await store.RevisionAsync());
    }

    [Fact]
    public async Task A_damaged_backup_is_refused_wherever_the_damage_is()
    {
        await FillAsync(50);
        await using (var source = SqliteSource.Open(FilePath, exclusive: false)) await BackupFile.WriteAsync(source, source.Stamp.Incarnation, Backup, TimeProvider.System, _progress, Stop);
        await Assert.ThrowsAsync<TransferException>(async () =>
        {
            await using var source = SqliteSource.Open(FilePath, exclusive: false);
            await BackupFile.WriteAsync(source, source.Stamp.Incarnation, Backup, TimeProvider.System, _progress, Stop);
        });
        var good = await File.ReadAllBytesAsync(Backup, Stop);
        for (var at = 0; at < good.Length; at += 7)
        {
            var bad = good.ToArray();
            bad[at] ^= 0x40;
            await RefusedAsync(bad);
        }

        for (var length = 0; length < good.Length; length += 97) await RefusedAsync(good[..length]);
        await RefusedAsync([.. good, 0]);
        await File.WriteAllBytesAsync(Backup, good, Stop);
        Assert.Equal(50, (await BackupFile.OpenAsync(Backup, _progress, Stop)).Count);
    }

    private async Task RefusedAsync(byte[] bytes)
    {
        await File.WriteAllBytesAsync(Backup, bytes, Stop);
        await Assert.ThrowsAsync<TransferException>(() => BackupFile.OpenAsync(Backup, _progress, Stop));
    }

    private async Task<TransferResult> CopyAsync(bool toEtcd, CancellationToken cancellationToken)
    {
        await using var source = SqliteSource.Open(FilePath, exclusive: true);
        await using IStoreTarget target = toEtcd
            ? await EtcdTarget.OpenAsync(_etcd, source.Identity, source.Revision + 1, Stop)
            : await SqliteTarget.OpenAsync(OtherPath, source.Identity, source.Revision + 1, Stop);
        return await StoreTransfer.CopyAsync(source, target, _progress, cancellationToken);
    }

    private async Task<(string Shown, long Revision)> FillAsync(int count)
    {
        await using var store = SqliteStore.Open(new SqliteStoreOptions { Path = FilePath });
        var writes = Enumerable.Range(0, count).Select(i => i % 100 == 7 ? new StoreWrite($"/k/{i:D4}", new byte[100_000], 0) : Put($"/k/{i:D4}", $"value {i}")).ToList();
        await Task.WhenAll(writes.Chunk(8).Select(part => store.WriteAsync(part)));
        // Its last trace is gone, but it was issued.
        var gone = await store.WriteAsync(Put("/gone", "1"));
        await store.WriteAsync(Delete("/gone", gone));
        return (await ShowAsync(store), await store.RevisionAsync());
    }

    private static async Task<string> ShowAsync(IStore store) =>
        string.Join(' ', (await store.ListAsync(StoreRange.All)).Entries.Select(entry => $"{entry.Key}={(entry.Value.Length > 100 ? entry.Value.Length.ToString(System.Globalization.CultureInfo.InvariantCulture) : Encoding.UTF8.GetString(entry.Value.Span))}"));

    private static async Task RefusesThePastAsync(IStore store, long revision)
    {
        Assert.True((await store.CurrentAsync(Stop)).Revision > revision, "it does not go on above what was issued");
        await Assert.ThrowsAsync<StoreCompactedException>(() => store.ListAsync(StoreRange.All, revision));
        await using var watch = new WatchRecorder(store, "", revision);
        await Assert.ThrowsAsync<StoreCompactedException>(watch.NextAsync);
        Assert.All((await store.ListAsync(StoreRange.All)).Entries, entry => Assert.True(entry.ModRevision > revision && entry.CreateRevision > revision, "an old revision"));
    }

    private sealed class Seen : IProgress<TransferProgress>
    {
        public Action<long>? Then { get; set; }

        public void Report(TransferProgress value) => Then?.Invoke(value.Done);
    }
}
