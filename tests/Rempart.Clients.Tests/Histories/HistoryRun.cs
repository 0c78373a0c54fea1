using System.Collections.Concurrent;
using System.Globalization;

namespace Rempart.Clients.Tests.Histories;

/// <summary>Concurrent clients on a handful of objects, which are others after a while so that each one's history stays short enough to be decided.</summary>
/// <param name="seed">Of what the clients do; when they do it is the machine's.</param>
/// <param name="collection">Path of the ConfigMaps.</param>
internal sealed class HistoryRun(int seed, string collection)
{
    private const int KeysAtOnce = 4;
    private const int OperationsOfKey = 120;
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    private readonly ConcurrentQueue<Operation> _history = new();
    private readonly ConcurrentQueue<ListSeen> _lists = new();
    private int _count;
    private int _answered;
    private int _value;

    public IReadOnlyCollection<Operation> History => _history;

    public IReadOnlyCollection<ListSeen> Lists => _lists;

    /// <summary>Works until it is stopped.</summary>
    /// <param name="clients">One connection each.</param>
    /// <param name="stop">Ends it, each client behind its operation.</param>
    /// <param name="cancellationToken">Breaks it off.</param>
    public Task WorkAsync(IEnumerable<HttpClient> clients, CancellationToken stop, CancellationToken cancellationToken) =>
        Task.WhenAll(clients.Select((http, i) => Task.Run(() => WorkAsync(http, i, stop, cancellationToken), cancellationToken)));

    /// <summary>Waits until so many operations more were answered with certainty; fails when the servers have answered too few for minutes, or when a client has met what it must not.</summary>
    public async Task GrownAsync(int operations, Task working, CancellationToken cancellationToken)
    {
        var before = Volatile.Read(ref _answered);
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(Patience);
        while (Volatile.Read(ref _answered) < before + operations)
        {
            if (working.IsCompleted) await working;
            Assert.False(working.IsCompleted, $"seed {seed}: the clients have ended");
            await Task.Delay(10, patience.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            cancellationToken.ThrowIfCancellationRequested();
            Assert.False(patience.IsCancellationRequested, $"seed {seed}: {Volatile.Read(ref _answered) - before} of {operations} operations were answered in {Patience}");
        }
    }

    /// <summary>Fails with what is wrong and how to come back to it.</summary>
    public void Check()
    {
        if (Coverage.Missing(_history, _lists).ToList() is { Count: > 0 } missing) Assert.Fail($"seed {seed}: of {_history.Count} operations and {_lists.Count} lists there are no {string.Join(", no ", missing)}");
        if (Snapshots.Broken(_history, _lists).Take(5).ToList() is { Count: > 0 } torn) Assert.Fail($"seed {seed}: {string.Join("; ", torn)}");
        if (Linearizability.Broken(_history) is not { } key) return;
        var operations = _history.Where(operation => operation.Key == key).OrderBy(operation => operation.Called);
        Assert.Fail($"seed {seed}: the operations on `{key}` fit no order:\n{string.Join('\n', operations)}");
    }

    private async Task WorkAsync(HttpClient http, int worker, CancellationToken stop, CancellationToken cancellationToken)
    {
        var random = new Random(seed + worker);
        var client = new HistoryClient(http, collection, string.Create(CultureInfo.InvariantCulture, $"client {worker}"), Record);
        var seen = new Dictionary<string, long>(StringComparer.Ordinal);
        while (!stop.IsCancellationRequested)
        {
            var epoch = Volatile.Read(ref _count) / (KeysAtOnce * OperationsOfKey);
            string[] keys = [.. Enumerable.Range(0, KeysAtOnce).Select(i => string.Create(CultureInfo.InvariantCulture, $"k{epoch}-{i}"))];
            var key = keys[random.Next(KeysAtOnce)];
            Operation? done = null;
            switch (random.Next(100))
            {
                case < 25:
                    done = await client.ReadAsync(key, cancellationToken);
                    break;
                case < 45:
                    done = await client.CreateAsync(key, Interlocked.Increment(ref _value), cancellationToken);
                    break;
                case < 78:
                    done = await client.UpdateAsync(key, Interlocked.Increment(ref _value), random.Next(8) == 0 ? 0 : seen.GetValueOrDefault(key), cancellationToken);
                    break;
                case < 92:
                    done = await client.DeleteAsync(key, random.Next(2) == 0 ? 0 : seen.GetValueOrDefault(key), cancellationToken);
                    break;
                default:
                    if (await client.ListAsync(keys, cancellationToken) is { } list) _lists.Enqueue(list);
                    continue;
            }

            if (done is { Version: > 0 }) seen[key] = done.Version;
            // Nobody is there, or says so: give it a moment.
            if (done is null or { Outcome: Outcome.Unknown }) await Task.Delay(20, cancellationToken);
        }
    }

    private void Record(Operation operation)
    {
        Interlocked.Increment(ref _count);
        if (operation.Outcome != Outcome.Unknown) Interlocked.Increment(ref _answered);
        _history.Enqueue(operation);
    }
}
