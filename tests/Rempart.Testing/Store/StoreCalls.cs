using System.Text;
using Rempart.Store;
using Xunit;

namespace Rempart.Testing.Store;

/// <summary>Short forms of the calls that tests of a store make.</summary>
public static class StoreCalls
{
    public static StoreWrite Put(string key, string value, long expected = 0) => new(key, Encoding.UTF8.GetBytes(value), expected);

    public static StoreWrite Delete(string key, long expected) => new(key, Value: null, expected);

    /// <summary>Commits writes that must not conflict.</summary>
    public static async Task<long> WriteAsync(this IStore store, params StoreWrite[] writes)
    {
        var result = await store.CommitAsync(writes, CancellationToken.None);
        Assert.True(result.IsCommitted, $"conflict on {string.Join(", ", result.Conflicts?.Select(c => $"{c.Key}@{c.Current?.ModRevision}") ?? [])}");
        return result.Revision;
    }

    public static async Task<StorePage> ListAsync(this IStore store, StoreRange range, long revision = 0) =>
        await store.ListAsync(range, StoreLimits.PageEntries, revision, CancellationToken.None);

    public static async Task<StoreEntry?> GetAsync(this IStore store, string key) => await store.GetAsync(key, CancellationToken.None);

    public static async Task<long> RevisionAsync(this IStore store) => (await store.CurrentAsync(CancellationToken.None)).Revision;

    public static string Show(this StoreEntry? entry) => entry is null
        ? "none"
        : $"{entry.Key}={Encoding.UTF8.GetString(entry.Value.Span)}@{entry.ModRevision}/{entry.CreateRevision}";

    public static string Show(this StorePage page) => string.Join(' ', page.Entries.Select(Show));

    public static string Show(this StoreEvent change) =>
        $"{change.Key}={(change.Value is { } value ? Encoding.UTF8.GetString(value.Span) : "deleted")}@{change.Revision}/{change.CreateRevision}";
}
