using System.Collections.Concurrent;
using System.Text.Json;
using Rempart.Api;
using Rempart.Api.Core;
using Rempart.Api.Meta;
using Rempart.ApiServer.Metrics;
using Rempart.ApiServer.Registry;
using Rempart.Policy.Quotas;
using Rempart.Store;

namespace Rempart.ApiServer.Quotas;

/// <summary>
/// Commits writes together with what they take of quotas. The object and the <c>used</c> of every quota that counts it are written in one
/// commit, each at the revision that was looked at, so that no two writers, of one server or of several, can both take the last place.
/// </summary>
internal sealed class QuotaLedger(ObjectCache cache, IStore store, KindTable kinds, TimeProvider time)
{
    private const int MostTries = 64;

    // Together with what is written of the quotas, what every store takes in one commit.
    private const int MostBytes = 4 * 1024 * 1024;

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(2);

    private readonly KindRegistration _quotas = kinds.Of(KindInfo.Of<ResourceQuota>());
    private readonly KindRegistration _namespaces = kinds.Of(KindInfo.Of<Namespace>());
    private readonly ConcurrentDictionary<string, QuotaGate> _gates = new(StringComparer.Ordinal);

    /// <summary>Refuses what the quotas as they are now don't allow; takes nothing. All that a dry run does.</summary>
    public async ValueTask CheckAsync(QuotaCharge charge, CancellationToken cancellationToken)
    {
        var state = await LookAsync(charge.Namespace, cancellationToken);
        if (state.Refusal(charge) is { } closed) throw closed;
        if (state.Quotas.Count == 0 || !charge.IsAsked) return;
        var books = Open(state, charge.Namespace, all: false, out _);
        if (QuotaState.Refusal(charge, books) is not { } refusal) return;
        QuotaMetrics.Refused();
        throw refusal;
    }

    /// <summary>Commits a write with its charges.</summary>
    /// <exception cref="ApiException">403 when a quota does not allow it, and nothing was written.</exception>
    public async Task<CommitResult> CommitAsync(QuotaCharge charge)
    {
        for (var tries = 1; ; tries++)
        {
            var state = await LookAsync(charge.Namespace, CancellationToken.None);
            if (state.Quotas.Count > 0 || charge.SetsLimits)
            {
                var turn = new QuotaTurn(charge);
                StoreLimits.CheckWrites([charge.Write]);
                if (charge.Call.HoldsQuotas) await WriteAllAsync(charge.Namespace, [turn]);
                else await GateOf(charge.Namespace).EnterAsync(turn);
                return (await turn.Done)!;
            }

            if (state.Refusal(charge) is { } closed) throw closed;
            var result = await store.CommitAsync([charge.Write, .. charge.Along, state.Tie(changesLimits: false)], CancellationToken.None);
            if (result.IsCommitted || result.Conflicts.Any(charge.IsOwn)) return result;
            if (tries == MostTries) throw Busy();
            await CatchUpAsync(result.Conflicts);
        }
    }

    /// <summary>Counts anew what a project uses, and sets right what is wrong.</summary>
    /// <returns>What was wrong, by quota.</returns>
    public async Task<IReadOnlyList<(string Quota, string What)>> RecountAsync(string ns)
    {
        var turn = new QuotaTurn(null);
        await GateOf(ns).EnterAsync(turn);
        return turn.Wrong;
    }

    /// <summary>
    /// Lets nobody of this server write into a project while one of its quotas is changed: what is used changes with every write, and who
    /// reads the quota, changes it and writes it back would be too late each time.
    /// </summary>
    /// <returns>The same call inside the pause, and what ends it.</returns>
    public async ValueTask<(WriteCall Call, IDisposable? Pause)> PauseAsync(WriteCall call, CancellationToken cancellationToken)
    {
        if (call.Target.Kind != _quotas.Kind || call.Namespace is not { } ns || call.HoldsQuotas || call.DryRun) return (call, null);
        return (call with { HoldsQuotas = true }, await GateOf(ns).PauseAsync(cancellationToken));
    }

    /// <summary>Forgets the gates of projects without quotas.</summary>
    public void Forget(string ns) => _gates.TryRemove(ns, out _);

    private static ApiException Busy() => Failures.TooManyRequests("the quotas of this project are written by others all the time; try again", 1);

    private QuotaGate GateOf(string ns) => _gates.GetOrAdd(ns, static (name, ledger) => new QuotaGate(turns => ledger.WriteAllAsync(name, turns)), this);

    private async Task WriteAllAsync(string ns, IReadOnlyList<QuotaTurn> turns)
    {
        for (var tries = 1; turns.Any(turn => !turn.Done.IsCompleted); tries++)
        {
            var left = turns.Where(turn => !turn.Done.IsCompleted).ToList();
            if (tries > MostTries + turns.Count)
            {
                foreach (var turn in left) turn.Fail(Busy());
                return;
            }

            var state = await LookAsync(ns, CancellationToken.None);
            var conflicts = await WriteSomeAsync(ns, state, left);
            if (conflicts is null) continue;
            QuotaMetrics.Conflicted();
            await CatchUpAsync(conflicts);
            // Another server writes there too: who is always a step behind must not stay so.
            if (tries > 2) await Task.Delay(Pause * Random.Shared.Next(1, Math.Min(tries, 16)), time, CancellationToken.None);
        }
    }

    /// <summary>One commit of the turns that go together. Null when it was made, or when each that stood in its way was a turn's own.</summary>
    private async Task<IReadOnlyList<StoreConflict>?> WriteSomeAsync(string ns, QuotaState state, List<QuotaTurn> turns)
    {
        var counts = turns.Exists(turn => turn.Charge is null);
        var books = Open(state, ns, counts, out var wrong);
        var taken = new List<QuotaTurn>();
        var writes = new List<StoreWrite>();
        string? target = null;
        foreach (var turn in turns)
        {
            if (turn.Charge is not { } charge)
            {
                taken.Add(turn);
                continue;
            }

            // A quota goes alone: what is written of it and what would be charged to it are one document.
            var along = charge.Along.Where(other => !writes.Contains(other)).ToList();
            if (target is not null || writes.Count + along.Count >= StoreLimits.CommitWrites - 1 - state.Quotas.Count) break;
            if (writes.Count > 0 && writes.Sum(write => (long)(write.Value?.Length ?? 0)) + (charge.Write.Value?.Length ?? 0) > MostBytes) break;
            if ((charge.IsOfQuota && writes.Count > 0) || writes.Exists(write => write.Key == charge.Write.Key || along.Exists(other => other.Key == write.Key))) break;
            if ((state.Refusal(charge) ?? QuotaState.Refusal(charge, books)) is { } refusal)
            {
                QuotaMetrics.Refused();
                turn.Fail(refusal);
                continue;
            }

            if (charge.IsOfQuota) target = charge.Name;
            foreach (var book in books.Where(book => book.Name != target)) book.Charge(charge.Change);
            writes.Add(charge.Write);
            writes.AddRange(along);
            taken.Add(turn);
        }

        var own = writes.Select(write => write.Key).ToHashSet(StringComparer.Ordinal);
        foreach (var (book, stored) in books.Zip(state.Quotas).Where(pair => pair.First.IsChanged && pair.First.Name != target)) writes.Add(Status(book, stored));
        if (writes.Count == 0)
        {
            foreach (var turn in taken) turn.Complete(null);
            return null;
        }

        writes.Add(state.Tie(taken.Exists(turn => turn.Charge?.SetsLimits == true)));
        CommitResult result;
        try
        {
            result = await store.CommitAsync(writes, CancellationToken.None);
        }
        catch (StoreException failure)
        {
            foreach (var turn in taken) turn.Fail(failure);
            if (failure is StoreUnavailableException) FailUnsent(turns, failure);
            return null;
        }

        if (result.IsCommitted)
        {
            foreach (var turn in taken.Where(turn => turn.Charge is null)) turn.Wrong.AddRange(wrong);
            foreach (var turn in taken) turn.Complete(turn.Charge is null ? null : result);
            // The next turns look at what this one has left.
            await cache.WaitForAsync(result.Revision, CancellationToken.None);
            return null;
        }

        foreach (var turn in taken.Where(turn => turn.Charge is { } charge && result.Conflicts.Any(charge.IsOwn))) turn.Complete(result);
        var others = result.Conflicts.Where(conflict => !own.Contains(conflict.Key)).ToList();
        return others.Count == 0 ? null : others;
    }

    // Nothing of these was sent: whoever waits is told so, and no intent of theirs stays open.
    private static void FailUnsent(IEnumerable<QuotaTurn> turns, StoreException failure)
    {
        foreach (var turn in turns.Where(turn => !turn.Done.IsCompleted)) turn.Fail(Failures.Unavailable("the store can't answer now, and nothing was changed: try again", failure));
    }

    /// <summary>The books of the quotas in their order; those that were never counted, or all, are counted.</summary>
    private List<QuotaBook> Open(QuotaState state, string ns, bool all, out List<(string Quota, string What)> wrong)
    {
        wrong = [];
        var books = state.Quotas.Select(quota => new QuotaBook(quota.As<ResourceQuota>())).ToList();
        var open = books.Where(book => all || !book.IsSettled).ToList();
        if (open.Count == 0) return books;
        var total = QuotaCounter.Count(cache, kinds, ns, open);
        foreach (var book in open)
        {
            if (book.Settle(total) is { Count: > 0 } errors) wrong.Add((book.Name, string.Join(", ", errors)));
        }

        return books;
    }

    private StoreWrite Status(QuotaBook book, CachedObject stored)
    {
        var document = stored.ToJson();
        document["status"] = JsonSerializer.SerializeToNode(book.Status(), ApiJson.Strict);
        return new StoreWrite(_quotas.Prefix + stored.Key, _quotas.Layout.Serialize(document), stored.Revision);
    }

    /// <summary>
    /// A project and its quotas as they were together. What is newer than the revision that the cache has reached may have come without
    /// the rest of its commit, and is waited for.
    /// </summary>
    private async ValueTask<QuotaState> LookAsync(string ns, CancellationToken cancellationToken)
    {
        while (true)
        {
            var reached = cache.Revision;
            var found = cache.Get(_namespaces.Kind, null, ns);
            var quotas = cache.List(_quotas.Kind, ns);
            var newest = Math.Max(found?.Revision ?? 0, quotas.Count == 0 ? 0 : quotas.Max(quota => quota.Revision));
            if (newest <= reached) return new QuotaState(_namespaces.Prefix + ns, found, quotas);
            await cache.WaitForAsync(newest, cancellationToken);
        }
    }

    private async Task CatchUpAsync(IReadOnlyList<StoreConflict> conflicts)
    {
        foreach (var conflict in conflicts)
        {
            if (conflict.Current is { } current) await cache.WaitForAsync(current.ModRevision, CancellationToken.None);
            else await cache.SyncAsync(CancellationToken.None);
        }
    }
}
