using Rempart.Testing.Store;

namespace Rempart.Store.Tests.Sqlite;

public sealed class SqliteConformanceTests : StoreConformance
{
    protected override StoreHarness NewHarness() => new SqliteHarness();
}

public sealed class SqliteWatchTests : StoreWatchConformance
{
    protected override StoreHarness NewHarness() => new SqliteHarness();
}

public sealed class SqliteConcurrencyTests : StoreConcurrencyConformance
{
    protected override StoreHarness NewHarness() => new SqliteHarness();
}

public sealed class SqliteModelTests : StoreModelConformance
{
    protected override StoreHarness NewHarness() => new SqliteHarness();
}
