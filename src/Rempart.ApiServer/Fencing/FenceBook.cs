using System.Collections.Concurrent;
using System.Text;
using System.Text.Json.Nodes;
using Rempart.Api.Coordination;
using Rempart.Api.Meta;
using Rempart.ApiServer.Registry;
using Rempart.Store;

namespace Rempart.ApiServer.Fencing;

/// <summary>
/// Keeps the term of each lease under a key of its own, written in the lease's own commit and only when its holder or its transitions change, not with
/// its renewals. A write that names a term looks at that key in its commit: once somebody else has the lease, it can't be made any more.
/// </summary>
internal sealed class FenceBook(IStore store)
{
    /// <summary>Leases of nodes, which elect nobody and are renewed by the thousand.</summary>
    private const string OfNodes = "kube-node-lease";

    private const int MostKnown = 256;

    private static readonly KindInfo Leases = KindInfo.Of<Lease>();

    private readonly ConcurrentDictionary<string, (string Term, long Revision)> _known = new(StringComparer.Ordinal);

    /// <summary>What a commit has to look at for a token.</summary>
    /// <param name="token">Who writes names it.</param>
    /// <param name="fresh">Looks into the store: for what is no commit, which would find out what has changed meanwhile.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="ApiException">403: the lease is in another term.</exception>
    public async ValueTask<StoreWrite> CheckAsync(FencingToken token, bool fresh, CancellationToken cancellationToken)
    {
        var key = KeyOf(token.Namespace, token.Lease);
        if (fresh || !_known.TryGetValue(key, out var known) || known.Term != token.Term)
        {
            var entry = await store.GetAsync(key, cancellationToken);
            known = entry is null ? ("", 0) : (Encoding.UTF8.GetString(entry.Value.Span), entry.ModRevision);
            if (_known.Count >= MostKnown) _known.Clear();
            _known[key] = known;
        }

        if (known.Revision == 0 || known.Term != token.Term) throw Refusal(token, known.Term);
        return StoreWrite.Check(key, known.Revision);
    }

    /// <summary>After a commit in whose way the term stood: the next look goes to the store.</summary>
    public void Forget(FencingToken token) => _known.TryRemove(KeyOf(token.Namespace, token.Lease), out _);

    /// <summary>Whether a conflict is about the term of a token.</summary>
    public static bool IsAbout(FencingToken token, StoreConflict conflict) => conflict.Key == KeyOf(token.Namespace, token.Lease);

    /// <summary>What goes along with the write of a lease that begins another term; null for any other write.</summary>
    /// <param name="call">Who writes.</param>
    /// <param name="name">Name of the object.</param>
    /// <param name="old">The stored object; null when it is new.</param>
    /// <param name="document">The new document; null when it goes.</param>
    public async ValueTask<StoreWrite?> ChangeAsync(WriteCall call, string name, CachedObject? old, JsonObject? document)
    {
        if (call.Target.Kind != Leases || call.Namespace is not { } ns || ns == OfNodes) return null;
        if (old is not null && document is not null && TermOf(old.ToJson()) == TermOf(document)) return null;
        var key = KeyOf(ns, name);
        var revision = (await store.GetAsync(key, CancellationToken.None))?.ModRevision ?? 0;
        if (document is not null) return new StoreWrite(key, Encoding.UTF8.GetBytes(TermOf(document)), revision);
        return revision == 0 ? null : new StoreWrite(key, null, revision);
    }

    private static string KeyOf(string ns, string name) => $"/fences/{ns}/{name}";

    private static string TermOf(JsonObject lease)
    {
        var spec = lease["spec"] as JsonObject;
        return FencingToken.TermOf((int?)spec?.Number("leaseTransitions"), spec?.Text("holderIdentity"));
    }

    private static ApiException Refusal(FencingToken token, string term) => Failures.Forbidden(Leases, token.Lease,
        $"the write comes from term `{token.Term}` of the lease, which is in `{term}`: whoever wrote it leads no more, and nothing was changed");
}
