using System.Diagnostics;
using Rempart.Store.Sqlite;
using Rempart.Testing.Disks;
using Rempart.Testing.Store;
using static Rempart.Testing.Store.StoreCalls;

namespace Rempart.Store.Tests.Sqlite;

/// <summary>A file system without room under the database, or under a part of it.</summary>
[Trait("level", "real")]
public sealed class SqliteFullDiskTests : IAsyncLifetime
{
    private const int WriteError = 778;
    private const int SyncError = 1034;
    private const int ReadError = 266;

    private readonly SqliteHarness _harness = new();

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync() => _harness.DisposeAsync();

    [Theory]
    [InlineData(WriteError, 122, true)]
    [InlineData(SyncError, 122, true)]
    [InlineData(SyncError, 28, true)]
    [InlineData(WriteError, 5, false)]
    [InlineData(SyncError, 5, false)]
    [InlineData(WriteError, 27, false)]
    [InlineData(ReadError, 28, false)]
    public void An_error_of_the_disk_is_a_full_one_only_if_room_was_missing(int code, int errno, bool full) => Assert.Equal(full, Database.IsForWantOfRoom(code, errno));

    [Fact]
    public async Task A_compaction_fails_clearly_loses_nothing_and_is_done_once_there_is_room()
    {
        using var disk = new SmallDisk(_harness.Folder, 8);
        await using var store = _harness.Open();
        var first = await store.WriteAsync(Put("k", "0"));
        var revision = first;
        for (var i = 1; i < 150; i++) revision = await store.WriteAsync(Put("k", new string('x', 4000) + i, revision));
        await store.WriteAsync(Put("other", "1"));
        var before = (await store.ListAsync(StoreRange.All)).Show();

        // When there is no room for what it changes: so few writes have not been copied from the log, whose room is used up
        disk.Fill();
        for (var i = 0; i < 3; i++)
        {
            var full = await Assert.ThrowsAsync<StoreUnavailableException>(() => store.CompactAsync(revision, default).AsTask());
            Assert.True(full.IsDiskFull);
            Assert.Contains("the disk of the store is full", full.Message, StringComparison.Ordinal);
        }

        // Then everything is as it was: what is stored, its past, and what watches are told from there
        Assert.Equal(before, (await store.ListAsync(StoreRange.All)).Show());
        Assert.Equal($"k=0@{first}/{first}", (await store.ListAsync(StoreRange.All, StoreLimits.PageEntries, first, default)).Show());
        Assert.Equal(1, (await store.CurrentAsync(default)).CompactedRevision);

        // And when there is room, the same store does it
        disk.MakeRoom();
        await store.CompactAsync(revision, default);
        Assert.Equal(revision, (await store.CurrentAsync(default)).CompactedRevision);
        Assert.Equal(before, (await store.ListAsync(StoreRange.All)).Show());
        await store.WriteAsync(Put("after", "1"));
    }

    [Fact]
    public async Task A_log_whose_index_finds_no_room_is_a_full_disk_and_what_it_refused_was_never_made()
    {
        // Given an index of the log that can't grow beyond its first part, for some 4,000 pages, and a log that a reader lets nobody begin anew
        var disk = new SmallDisk(_harness.Folder + ".index", 1);
        var index = Path.Combine(_harness.Folder + ".index", "shm");
        foreach (var file in new[] { index, _harness.Path + "-shm" })
        {
            await File.WriteAllBytesAsync(file, [], TestContext.Current.CancellationToken);
            File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }

        await RunAsync("mount", "--bind", index, _harness.Path + "-shm");
        try
        {
            await using var store = _harness.Open();
            var revision = await store.WriteAsync(Put("k", "0"));
            using var reader = Database.Open(_harness.Path);
            reader.Execute("BEGIN");
            Assert.Equal(1, reader.Number("SELECT count(*) FROM live"));
            disk.Fill();

            // When commits come to its end
            var written = new List<string>();
            StoreUnavailableException? full = null;
            while (full is null && written.Count < 200)
            {
                try
                {
                    revision = await store.WriteAsync(new StoreWrite($"w{written.Count:D3}", new byte[200_000], 0));
                    written.Add($"w{written.Count:D3}");
                }
                catch (StoreUnavailableException refused)
                {
                    full = refused;
                }
            }

            // Then that is told as a full disk, and whoever opens the files as they are now, as after a crash, finds what was acknowledged alone
            Assert.True(full is { IsDiskFull: true }, $"{full}");
            Assert.InRange(written.Count, 10, 190);
            await using (var crashed = await CopyAsync("crashed"))
            {
                Assert.Equal(written.Prepend("k"), (await crashed.ListAsync(StoreRange.All)).Entries.Select(entry => entry.Key));
                Assert.Equal(revision, await crashed.RevisionAsync());
            }

            // And reads go on, and so do writes once the log can begin anew, by themselves
            Assert.Equal(written.Count + 1, (await store.ListAsync(StoreRange.All)).Entries.Count);
            reader.Execute("COMMIT");
            try
            {
                for (var tries = 0; !await TryWriteAsync(store); tries++)
                {
                    Assert.True(tries < 600, "the log is never begun anew");
                    await Task.Delay(50, TestContext.Current.CancellationToken);
                }
            }
            catch (StoreUnavailableException unknown)
            {
                // Where the index ends just there, what would make the refused commit unfindable finds no room either: then nobody guesses, and
                // who opens the store anew finds all that was acknowledged.
                Assert.Contains("whether a change was written is unknown", unknown.Message, StringComparison.Ordinal);
                await using var anew = await CopyAsync("anew");
                Assert.Equal(written.Prepend("k"), (await anew.ListAsync(StoreRange.All)).Entries.Select(entry => entry.Key).Where(key => key != "after"));
            }
        }
        finally
        {
            await RunAsync("umount", _harness.Path + "-shm");
            disk.Dispose();
            Directory.Delete(_harness.Folder + ".index");
        }
    }

    private static async Task<bool> TryWriteAsync(SqliteStore store)
    {
        try
        {
            await store.WriteAsync(Put("after", "1"));
            return true;
        }
        catch (StoreUnavailableException full) when (full.IsDiskFull)
        {
            return false;
        }
    }

    private async Task<SqliteStore> CopyAsync(string name)
    {
        var copy = Directory.CreateDirectory(Path.Combine(_harness.Folder, name), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute).FullName;
        foreach (var end in new[] { "", "-wal" })
        {
            File.Copy(_harness.Path + end, Path.Combine(copy, "store.db") + end);
        }

        return await Task.FromResult(SqliteStore.Open(new SqliteStoreOptions { Path = Path.Combine(copy, "store.db") }));
    }

    private static async Task RunAsync(string program, params string[] arguments)
    {
        using var process = Process.Start(program, arguments);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(0, process.ExitCode);
    }
}
