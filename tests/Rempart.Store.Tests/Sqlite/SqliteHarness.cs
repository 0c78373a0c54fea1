using Rempart.Store.Sqlite;
using Rempart.Testing.Store;

namespace Rempart.Store.Tests.Sqlite;

/// <summary>A database in a private folder that goes away with the harness.</summary>
internal sealed class SqliteHarness : StoreHarness
{
    public string Folder { get; } = Directory.CreateTempSubdirectory("rempart-store-").FullName;

    public string Path => System.IO.Path.Combine(Folder, "store.db");

    public override bool IsDurable => true;

    public SqliteStore Open() => SqliteStore.Open(new SqliteStoreOptions { Path = Path });

    public override ValueTask<IStore> OpenAsync(CancellationToken cancellationToken) => ValueTask.FromResult<IStore>(Open());

    public override ValueTask DisposeAsync()
    {
        Directory.Delete(Folder, recursive: true);
        return ValueTask.CompletedTask;
    }
}
