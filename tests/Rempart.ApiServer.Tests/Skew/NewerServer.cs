using System.Text;
using System.Text.Json.Nodes;
using Rempart.Store;

namespace Rempart.ApiServer.Tests.Skew;

/// <summary>What a server of the next version leaves in the store that both share: documents with members, and objects of kinds, that are not known here.</summary>
internal static class NewerServer
{
    /// <summary>Changes a stored document.</summary>
    public static async Task ChangesAsync(IStore store, string key, Action<JsonObject> change)
    {
        var (document, revision) = await ReadAsync(store, key);
        change(document!);
        Assert.True((await store.CommitAsync([new StoreWrite(key, Encoding.UTF8.GetBytes(document!.ToJsonString()), revision)], TestContext.Current.CancellationToken)).IsCommitted);
    }

    /// <summary>Writes an object of a kind that is not known here, or removes it.</summary>
    public static async Task PutsAsync(IStore store, string key, string? document) =>
        Assert.True((await store.CommitAsync([new StoreWrite(key, document is null ? (ReadOnlyMemory<byte>?)null : Encoding.UTF8.GetBytes(document), (await ReadAsync(store, key)).Revision)], TestContext.Current.CancellationToken)).IsCommitted);

    /// <summary>What it sees of an object.</summary>
    public static async Task<JsonObject> SeesAsync(IStore store, string key) => (await ReadAsync(store, key)).Document!;

    private static async Task<(JsonObject? Document, long Revision)> ReadAsync(IStore store, string key)
    {
        var page = await store.ListAsync(StoreRange.Prefix(key), 1, 0, TestContext.Current.CancellationToken);
        return page.Entries is [var entry] ? ((JsonObject)JsonNode.Parse(entry.Value.Span)!, entry.ModRevision) : (null, 0);
    }
}
