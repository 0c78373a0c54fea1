using System.Diagnostics;
using Rempart.Store.Sqlite;
using Rempart.Testing.Store;
using static Rempart.Testing.Store.StoreCalls;

namespace Rempart.Store.Tests.Sqlite;

/// <summary>What is on disk: who may read it, who may open it, and what happens when it is not what it should be.</summary>
public sealed class SqliteFileTests : IAsyncLifetime
{
    private readonly SqliteHarness _harness = new();

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync() => _harness.DisposeAsync();

    [Fact]
    public async Task Nobody_else_can_read_the_files()
    {
        var path = Path.Combine(_harness.Folder, "new", "store.db");
        await using var store = SqliteStore.Open(new SqliteStoreOptions { Path = path });
        await store.WriteAsync(Put("k", "1"));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(Path.GetDirectoryName(path)!));
        var files = Directory.GetFiles(Path.GetDirectoryName(path)!);
        Assert.Contains(path + "-wal", files);
        Assert.All(files, file => Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file)));
    }

    [Fact]
    public async Task A_folder_or_file_that_others_can_read_is_refused()
    {
        await using (_harness.Open())
        {
        }

        File.SetUnixFileMode(_harness.Path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead);
        Assert.Contains("chmod 600", Assert.Throws<StoreUnavailableException>(_harness.Open).Message);
        File.SetUnixFileMode(_harness.Path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        File.SetUnixFileMode(_harness.Folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.OtherExecute);
        Assert.Contains("chmod 700", Assert.Throws<StoreUnavailableException>(_harness.Open).Message);
    }

    [Fact]
    public async Task A_second_opener_is_refused_until_the_first_is_done()
    {
        await using (_harness.Open())
        {
            Assert.Contains("in use", Assert.Throws<StoreUnavailableException>(_harness.Open).Message);
            Assert.Contains("in use", await OpenElsewhereAsync());
        }

        await using var store = _harness.Open();
        Assert.Equal(1, await store.RevisionAsync());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(100)]
    [InlineData(4096 * 3)]
    public async Task A_damaged_file_is_refused_and_left_alone(int at)
    {
        await FillAsync();
        var bytes = await File.ReadAllBytesAsync(_harness.Path);
        bytes.AsSpan(at, 64).Fill(0xEE);
        await File.WriteAllBytesAsync(_harness.Path, bytes);
        Assert.Contains("restore it from a backup", Assert.Throws<StoreCorruptException>(_harness.Open).Message);
        Assert.Equal(bytes, await File.ReadAllBytesAsync(_harness.Path));
    }

    [Fact]
    public async Task A_file_cut_short_is_refused()
    {
        await FillAsync();
        await using (var file = new FileStream(_harness.Path, FileMode.Open))
        {
            file.SetLength(file.Length / 2);
        }

        Assert.Throws<StoreCorruptException>(_harness.Open);
    }

    [Fact]
    public async Task A_file_of_another_program_or_a_newer_version_is_refused()
    {
        await using (_harness.Open())
        {
        }

        Alter("PRAGMA user_version=99");
        Assert.Contains("schema `99`", Assert.Throws<StoreCorruptException>(_harness.Open).Message);
        Alter("PRAGMA user_version=1; PRAGMA application_id=7");
        Assert.Contains("another program", Assert.Throws<StoreCorruptException>(_harness.Open).Message);
    }

    [Fact]
    public async Task A_log_with_a_torn_end_gives_every_commit_before_it()
    {
        // Given a copy of the files as a crash of the machine would leave them, with the last bytes of the log not written
        var copy = Path.Combine(_harness.Folder, "copy");
        Directory.CreateDirectory(copy, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        long first;
        await using (var store = _harness.Open())
        {
            first = await store.WriteAsync(Put("first", "1"));
            await store.WriteAsync(Put("second", "2"));
            File.Copy(_harness.Path, Path.Combine(copy, "store.db"));
            File.Copy(_harness.Path + "-wal", Path.Combine(copy, "store.db-wal"));
        }

        await using (var log = new FileStream(Path.Combine(copy, "store.db-wal"), FileMode.Open))
        {
            log.SetLength(log.Length - 100);
        }

        await using var recovered = SqliteStore.Open(new SqliteStoreOptions { Path = Path.Combine(copy, "store.db") });
        Assert.Equal($"first=1@{first}/{first}", (await recovered.ListAsync(StoreRange.All)).Show());
        Assert.Equal(first, await recovered.RevisionAsync());
    }

    [Fact]
    public async Task A_restored_file_begins_a_new_incarnation_when_told_so()
    {
        string before;
        await using (var store = _harness.Open())
        {
            before = (await store.CurrentAsync(default)).Incarnation;
        }

        await using var restored = SqliteStore.Open(new SqliteStoreOptions { Path = _harness.Path, NewIncarnation = true });
        Assert.NotEqual(before, (await restored.CurrentAsync(default)).Incarnation);
    }

    [Fact]
    public async Task A_full_disk_refuses_writes_serves_reads_and_recovers_by_compaction()
    {
        await using var store = SqliteStore.Open(new SqliteStoreOptions { Path = _harness.Path, MaxBytes = 4 * 1024 * 1024 });
        var revision = await store.WriteAsync(Put("k", "small"));
        var full = await Assert.ThrowsAsync<StoreUnavailableException>(async () =>
        {
            for (var i = 0; i < 100; i++)
            {
                revision = await store.WriteAsync(new StoreWrite("k", new byte[100_000], revision));
            }
        });
        Assert.Contains("full", full.Message);
        Assert.Equal(revision, (await store.GetAsync("k"))!.ModRevision);
        await store.CompactAsync(revision, default);
        Assert.True(await store.WriteAsync(Put("k", "small again", revision)) > revision);
    }

    [Fact]
    public async Task Compaction_gives_space_back_for_use()
    {
        await using var store = _harness.Open();
        var revision = 0L;
        var sizes = new List<long>();
        for (var round = 0; round < 3; round++)
        {
            for (var i = 0; i < 300; i++)
            {
                revision = await store.WriteAsync(new StoreWrite("k", new byte[10_000], revision));
            }

            await store.CompactAsync(revision, default);
            sizes.Add(Pages());
        }

        Assert.InRange(sizes[2], 1, sizes[0] + (sizes[0] / 10));
        Assert.Equal("k", Assert.Single((await store.ListAsync(StoreRange.All)).Entries).Key);
    }

    [Fact]
    public async Task Every_commit_is_synced_before_it_is_acknowledged()
    {
        await using (_harness.Open())
        {
        }

        using var database = Database.Open(_harness.Path);
        Schema.Prepare(database, _harness.Path, SqliteStoreOptions.DefaultMaxBytes, newIncarnation: false);
        Assert.Equal(2, database.Number("PRAGMA synchronous"));
        Assert.Equal("wal", database.Text("PRAGMA journal_mode"));
    }

    private async Task FillAsync()
    {
        await using var store = _harness.Open();
        for (var i = 0; i < 50; i++)
        {
            await store.WriteAsync(Put($"k{i}", new string('x', 2000)));
        }
    }

    private void Alter(string sql)
    {
        using var database = Database.Open(_harness.Path);
        database.Execute(sql);
    }

    private long Pages()
    {
        using var database = Database.Open(_harness.Path);
        return database.Number("PRAGMA page_count");
    }

    private async Task<string> OpenElsewhereAsync()
    {
        using var process = Process.Start(new ProcessStartInfo(Environment.ProcessPath!, ["--write-until-killed", _harness.Path, "0"])
        {
            UseShellExecute = false,
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        })!;
        var output = process.StandardOutput.ReadToEndAsync();
        var error = await process.StandardError.ReadToEndAsync();
        await output;
        await process.WaitForExitAsync();
        return error;
    }
}
