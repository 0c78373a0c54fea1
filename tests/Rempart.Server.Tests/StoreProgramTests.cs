using System.Diagnostics;
using System.Globalization;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Rempart.Protocols.Etcd;
using Rempart.Server.Bootstrap;
using Rempart.Server.Stores;
using Rempart.Store;
using Rempart.Store.Etcd;
using Rempart.Store.Sqlite;
using Rempart.Testing.Etcd;
using Rempart.Testing.Store;
using Rempart.Testing.Time;
using static Rempart.Testing.Store.StoreCalls;

namespace Rempart.Server.Tests;

/// <summary>The real <c>rempart-server store …</c> as people run it, and killed.</summary>
[Trait("level", "real")]
public sealed class StoreProgramTests : IAsyncLifetime
{
    private const int Objects = 20_000;
    private readonly string _folder = Directory.CreateTempSubdirectory("rempart-store-program-").FullName;
    private EtcdCluster _cluster = null!;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private string Data => Path.Combine(_folder, "server");

    private string Database => Path.Combine(Data, "store", "rempart.db");

    private string[] Etcd => _cluster.Arguments("prod");

    public async ValueTask InitializeAsync() => _cluster = await EtcdCluster.StartAsync(1, Stop);

    public async ValueTask DisposeAsync()
    {
        await _cluster.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task A_move_that_was_killed_goes_on_and_a_move_back_too()
    {
        var wanted = await FillAsync();

        // Killed when part of it is in etcd
        using (var move = Start(["store", "migrate", "--to", "etcd", "--data", Data, .. Etcd]))
        {
            await EtcdHasAsync(2000);
            move.Kill();
            await move.WaitForExitAsync(Stop);
        }

        // Then neither place can be used by mistake, and the same command goes on
        Assert.Contains("was not finished", await File.ReadAllTextAsync(Path.Combine(Data, "store", "MOVED"), Stop), StringComparison.Ordinal);
        await Assert.ThrowsAsync<StoreUnavailableException>(() => EtcdStore.OpenAsync(_cluster.Options("prod"), Stop));
        var moved = await RunAsync(["store", "migrate", "--to", "etcd", "--data", Data, .. Etcd]);
        Assert.True(moved.Code == 0, moved.Errors);
        Assert.Matches("^moved and compared 20000 entries, [0-9]+ bytes, [1-9][0-9]* of them by an earlier try; sha256 of all [0-9a-f]{64}\n", moved.Output);
        // What was the store has another name, and no log is left that would be played back over the next one of this name.
        Assert.Equal((false, false, false), (File.Exists(Database), File.Exists(Database + "-wal"), File.Exists(Database + "-shm")));
        Assert.EndsWith(".db", Assert.Single(Directory.GetFiles(Path.GetDirectoryName(Database)!, "moved-*")), StringComparison.Ordinal);
        await using (var store = await EtcdStore.OpenAsync(_cluster.Options("prod") with { Server = "a server" }, Stop))
        {
            Assert.Equal(wanted, await ShowAsync(store));
            var busy = await RunAsync(["store", "migrate", "--to", "sqlite", "--data", Data, .. Etcd]);
            Assert.Equal((1, true), (busy.Code, busy.Errors.Contains("in use by a server", StringComparison.Ordinal)));
        }

        // And back, killed too
        using (var move = Start(["store", "migrate", "--to", "sqlite", "--data", Data, .. Etcd]))
        {
            // Of seven megabytes and more.
            await Eventually.HoldsAsync("a part of it in the file", () => move.HasExited || Bytes(Database + ".unfinished") + Bytes(Database + ".unfinished-wal") > 1 << 20, Stop);
            Assert.False(move.HasExited, "it was over before it was killed");
            move.Kill();
            await move.WaitForExitAsync(Stop);
            Assert.Equal(128 + 9, move.ExitCode);
        }

        Assert.Equal((true, false), (File.Exists(Database + ".unfinished"), File.Exists(Database)));
        await NoServerStartsAsync("is being moved");

        // The same command goes on where it was, and does no harm once more.
        foreach (var said in (string[])["^moved and compared 20000 entries, [0-9]+ bytes, [1-9][0-9]* of them by an earlier try; ", "^moved before\n"])
        {
            var back = await RunAsync(["store", "migrate", "--to", "sqlite", "--data", Data, .. Etcd]);
            Assert.True(back.Code == 0, back.Errors);
            Assert.Matches(said, back.Output);
        }

        Assert.False(File.Exists(Path.Combine(Data, "store", "MOVED")));
        Assert.Contains("was moved to the file", (await Assert.ThrowsAsync<StoreUnavailableException>(() => EtcdStore.OpenAsync(_cluster.Options("prod"), Stop))).Message, StringComparison.Ordinal);
        await using var again = SqliteStore.Open(new SqliteStoreOptions { Path = Database });
        Assert.Equal(wanted, await ShowAsync(again));
    }

    [Fact]
    public async Task A_backup_is_checked_and_restored_into_an_empty_place_only()
    {
        var wanted = await FillAsync();
        var file = Path.Combine(_folder, "monday.rempart");
        await using (SqliteStore.Open(new SqliteStoreOptions { Path = Database }))
        {
            var saved = await RunAsync("store", "backup", file, "--data", Data);
            Assert.True(saved.Code == 0, saved.Errors);
            Assert.Contains("saved 20000 entries", saved.Output, StringComparison.Ordinal);
        }

        Assert.Contains("is whole: 20000 entries", (await RunAsync("store", "check", file)).Output, StringComparison.Ordinal);
        var refused = await RunAsync("store", "restore", file, "--data", Data);
        Assert.Equal((1, true), (refused.Code, refused.Errors.Contains("there is a store at", StringComparison.Ordinal)));
        var restored = await RunAsync(["store", "restore", file, "--data", Data, "--store", "etcd", .. Etcd]);
        Assert.True(restored.Code == 0, restored.Errors);
        await using var store = await EtcdStore.OpenAsync(_cluster.Options("prod"), Stop);
        Assert.Equal(wanted, await ShowAsync(store));
    }

    [Fact]
    public async Task Until_a_restore_that_was_killed_is_finished_no_server_takes_what_is_there_for_a_store()
    {
        var wanted = await FillAsync();
        var file = Path.Combine(_folder, "monday.rempart");
        Assert.Equal(0, (await RunAsync("store", "backup", file, "--data", Data)).Code);
        Directory.Delete(Path.GetDirectoryName(Database)!, recursive: true);
        using (var restore = Start(["store", "restore", file, "--data", Data]))
        {
            await Eventually.HoldsAsync("a part of it in the file", () => restore.HasExited || Bytes(Database + ".unfinished") + Bytes(Database + ".unfinished-wal") > 1 << 20, Stop);
            Assert.False(restore.HasExited, "it was over before it was killed");
            restore.Kill();
            await restore.WaitForExitAsync(Stop);
        }

        Assert.False(File.Exists(Database));
        await NoServerStartsAsync("is being restored");
        var again = await RunAsync("store", "restore", file, "--data", Data);
        Assert.True(again.Code == 0, again.Errors);
        await using var store = await StoreOpening.OpenAsync(new StoreSettings(), Data, TimeProvider.System, NullLogger.Instance, Stop);
        Assert.Equal(wanted, await ShowAsync(store));
    }

    private async Task NoServerStartsAsync(string why)
    {
        var refused = await Assert.ThrowsAsync<BootstrapException>(() => StoreOpening.OpenAsync(new StoreSettings(), Data, TimeProvider.System, NullLogger.Instance, Stop));
        Assert.Contains(why, refused.Message, StringComparison.Ordinal);
        Assert.Contains("was not finished", refused.Message, StringComparison.Ordinal);
        Assert.False(File.Exists(Database));
    }

    [Theory]
    [InlineData("name one of")]
    [InlineData("needs a file", "backup", "--data", "/x")]
    [InlineData("takes no file", "migrate", "file", "--to", "etcd", "--data", "/x")]
    [InlineData("needs `--to sqlite`", "migrate", "--data", "/x")]
    [InlineData("`--data` is needed", "backup", "file")]
    [InlineData("needs `--etcd-servers`", "migrate", "--to", "sqlite", "--data", "/x")]
    public async Task What_is_said_wrong_is_answered_with_a_sentence(string sentence, params string[] arguments)
    {
        var refused = await RunAsync(["store", .. arguments]);
        Assert.Equal((64, ""), (refused.Code, refused.Output));
        Assert.Contains(sentence, refused.Errors, StringComparison.Ordinal);
    }

    private async Task<string> FillAsync()
    {
        Directory.CreateDirectory(Data, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        await using var store = SqliteStore.Open(new SqliteStoreOptions { Path = Database });
        await Task.WhenAll(Enumerable.Range(0, Objects).Chunk(8).Select(part => store.WriteAsync([.. part.Select(i => Put(string.Create(CultureInfo.InvariantCulture, $"/k/{i:D5}"), new string('x', i % 700) + i))])));
        return await ShowAsync(store);
    }

    private static async Task<string> ShowAsync(IStore store)
    {
        using var hash = System.Security.Cryptography.IncrementalHash.CreateHash(System.Security.Cryptography.HashAlgorithmName.SHA256);
        var count = 0;
        for (var (range, more) = (StoreRange.All, true); more;)
        {
            var page = await store.ListAsync(range, StoreLimits.PageEntries, 0, Stop);
            foreach (var entry in page.Entries)
            {
                hash.AppendData(Encoding.ASCII.GetBytes(entry.Key));
                hash.AppendData(entry.Value.Span);
                count++;
            }

            (range, more) = (range.After(page.Entries[^1].Key), page.More);
        }

        return $"{count} {Convert.ToHexString(hash.GetHashAndReset())}";
    }

    private async Task EtcdHasAsync(int count)
    {
        using var client = _cluster.Connect();
        for (var i = 0; i < 3000; i++)
        {
            if ((await client.RangeAsync(new EtcdRange("/rempart/prod/k", "/rempart/prod/l") { Limit = 1, KeysOnly = true }, EtcdClient.AnswerBytes, Stop)).Count >= count) return;
            await Task.Delay(2, Stop);
        }

        Assert.Fail("nothing is moved");
    }

    private static long Bytes(string path) => File.Exists(path) ? new FileInfo(path).Length : 0;

    private static Process Start(IEnumerable<string> arguments) => Process.Start(new ProcessStartInfo(Path.Combine(AppContext.BaseDirectory, "rempart-server"), arguments)
    {
        RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false,
    })!;

    private static async Task<(int Code, string Output, string Errors)> RunAsync(params string[] arguments)
    {
        using var process = Start(arguments);
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(Stop), process.StandardError.ReadToEndAsync(Stop));
        await process.WaitForExitAsync(Stop);
        return (process.ExitCode, await output, await errors);
    }
}
