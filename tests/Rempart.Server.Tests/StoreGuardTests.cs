using System.Diagnostics;
using Rempart.Server.Stores;
using Rempart.Store.Etcd;
using Rempart.Store.Sqlite;
using Rempart.Testing.Etcd;
using Rempart.Testing.Store;
using static Rempart.Testing.Store.StoreCalls;

namespace Rempart.Server.Tests;

/// <summary>What keeps a second, empty or older store from taking the place of the one that is moved or restored.</summary>
[Trait("level", "real")]
public sealed class StoreGuardTests : IAsyncLifetime
{
    private readonly string _folder = Directory.CreateTempSubdirectory("rempart-store-guard-").FullName;
    private EtcdCluster _cluster = null!;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private string Data => Path.Combine(_folder, "server");

    private string Database => Path.Combine(Data, "store", "rempart.db");

    private string Notice => Path.Combine(Data, "store", "MOVED");

    private string[] Etcd =>
        ["--etcd-servers", $"{_cluster.Endpoints[0]}", "--etcd-cafile", _cluster.AuthorityPath, "--etcd-certfile", _cluster.CertificatePath, "--etcd-keyfile", _cluster.KeyPath, "--etcd-instance", "prod"];

    public async ValueTask InitializeAsync()
    {
        _cluster = await EtcdCluster.StartAsync(1, Stop);
        await using var store = await EtcdStore.OpenAsync(_cluster.Options("prod"), Stop);
        await store.WriteAsync(Put("/k/1", "precious"));
    }

    public async ValueTask DisposeAsync()
    {
        await _cluster.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task A_store_that_a_server_made_during_a_move_from_etcd_is_not_taken_for_its_end()
    {
        // Given a move that was cut off before it had a file of its own
        await using (await EtcdSource.TakeAsync(_cluster.Options("prod"), Moving(), Stop))
        {
        }

        // And a server that made an empty store in its place
        await SqliteStore.Open(new SqliteStoreOptions { Path = Database }).DisposeAsync();

        // When the move is repeated
        var again = await MigrateAsync();

        // Then it is refused, and the store in etcd is neither gone nor told to have gone
        Assert.Equal(1, again.Code);
        Assert.Contains("there is a store at", again.Errors, StringComparison.Ordinal);
        Assert.False(File.Exists(Notice));
        var reopened = await RunAsync(["store", "reopen", "--data", Data, .. Etcd]);
        Assert.True(reopened.Code == 0, reopened.Errors);
        await using var store = await EtcdStore.OpenAsync(_cluster.Options("prod"), Stop);
        Assert.NotNull(await store.GetAsync("/k/1", Stop));
    }

    [Fact]
    public async Task While_a_move_from_etcd_is_unfinished_no_server_makes_a_store_in_its_place()
    {
        // Given what another transfer began, so that the move ends behind its notice
        Directory.CreateDirectory(Path.GetDirectoryName(Database)!, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        File.SetUnixFileMode(Data, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        await File.WriteAllTextAsync(Database + "-wal", "the log of a store that was removed", Stop);

        // Then a log that would be played back over the new file is refused, and nothing of the try is left
        var refused = await MigrateAsync();
        Assert.Equal(1, refused.Code);
        Assert.Contains("belongs to a store that was at", refused.Errors, StringComparison.Ordinal);
        Assert.False(File.Exists(Notice));
        Assert.Equal("the log of a store that was removed", await File.ReadAllTextAsync(Database + "-wal", Stop));

        // When it is away, the same command goes on, and is finished
        File.Delete(Database + "-wal");
        var moved = await MigrateAsync();
        Assert.True(moved.Code == 0, moved.Errors);
        Assert.False(File.Exists(Notice));
        await using var store = SqliteStore.Open(new SqliteStoreOptions { Path = Database });
        Assert.NotNull(await store.GetAsync("/k/1", Stop));
    }

    [Theory]
    [InlineData("-wal")]
    [InlineData("-shm")]
    public async Task A_restore_writes_no_file_beside_what_is_left_of_another_store(string suffix)
    {
        var (file, other) = (Path.Combine(_folder, "monday.rempart"), Path.Combine(_folder, "other"));
        foreach (var folder in (string[])[other, Data, Path.GetDirectoryName(Database)!]) Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        await using (var store = SqliteStore.Open(new SqliteStoreOptions { Path = StoreOpening.File(other) })) await store.WriteAsync(Put("/k/1", "saved"));
        var saved = await RunAsync(["store", "backup", file, "--data", other]);
        Assert.True(saved.Code == 0, saved.Errors);
        await File.WriteAllTextAsync(Database + suffix, "left of a store that was removed", Stop);
        var refused = await RunAsync(["store", "restore", file, "--data", Data]);
        Assert.Equal(1, refused.Code);
        Assert.Contains("belongs to a store that was at", refused.Errors, StringComparison.Ordinal);
        Assert.Equal([Database + suffix], Directory.GetFiles(Path.GetDirectoryName(Database)!));
    }

    [Fact]
    public void A_renewed_certificate_that_cannot_be_used_is_told_once_and_the_one_before_goes_on()
    {
        var (certificate, key) = (Path.Combine(_folder, "c.pem"), Path.Combine(_folder, "c.key"));
        File.Copy(_cluster.CertificatePath, certificate);
        File.Copy(_cluster.KeyPath, key);
        File.SetUnixFileMode(key, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        List<string> told = [];
        var held = new PemCertificate(certificate, key, told.Add);
        var before = held.Current();
        File.WriteAllText(certificate, "half of it");
        File.SetLastWriteTimeUtc(certificate, new DateTime(2040, 1, 1, 0, 0, 0, DateTimeKind.Utc));
        Assert.Same(before, held.Current());
        Assert.Same(before, held.Current());
        Assert.Contains(certificate, Assert.Single(told), StringComparison.Ordinal);
    }

    private string Moving() => StoreCommand.MovingTo(Data);

    private Task<(int Code, string Errors)> MigrateAsync() => RunAsync(["store", "migrate", "--to", "sqlite", "--data", Data, .. Etcd]);

    private static async Task<(int Code, string Errors)> RunAsync(string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(Path.Combine(AppContext.BaseDirectory, "rempart-server"), arguments) { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false })!;
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(Stop), process.StandardError.ReadToEndAsync(Stop));
        await process.WaitForExitAsync(Stop);
        await output;
        return (process.ExitCode, await errors);
    }
}
