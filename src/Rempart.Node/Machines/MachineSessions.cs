using System.Collections.Concurrent;
using Rempart.Node.Workloads;
using Rempart.Protocols.Qmp;

namespace Rempart.Node.Machines;

/// <summary>The monitors of machines that run, one session each, opened when one is needed. Its end leaves the machines running.</summary>
internal sealed class MachineSessions(MachineStore store, ChangeFeed changes, TimeProvider time) : IAsyncDisposable
{
    private readonly ConcurrentDictionary<string, RunningMachine> open = new(StringComparer.Ordinal);
    private readonly CancellationTokenSource closing = new();
    private volatile bool closed;

    /// <summary>The live session of a machine that runs; null when its monitor does not answer, and for whoever asks after the end: a monitor talks to one at a time, and the next agent's turn has come.</summary>
    internal async Task<RunningMachine?> FindAsync(string uid, CancellationToken cancellationToken)
    {
        if (closed) return null;
        if (open.TryGetValue(uid, out var known) && known.IsConnected) return known;
        await CloseAsync(uid);
        try
        {
            var session = await RunningMachine.ConnectAsync(store.Folder(uid), time, cancellationToken);
            open[uid] = session;
            if (closed)
            {
                await CloseAsync(uid);
                return null;
            }
            Watch(uid, session);
            return session;
        }
        catch (QmpDisconnectedException)
        {
            return null;
        }
    }

    /// <summary>Those that are open now.</summary>
    internal IReadOnlyList<(string Uid, RunningMachine Session)> Connected => [.. open.Where(session => session.Value.IsConnected).Select(session => (session.Key, session.Value))];

    /// <summary>The session of a machine that was just made; <see cref="Watch"/> it once its guest runs.</summary>
    /// <exception cref="QmpDisconnectedException">no QEMU answers there.</exception>
    internal async Task<RunningMachine> OpenAsync(string uid, CancellationToken cancellationToken) =>
        open[uid] = await RunningMachine.ConnectAsync(store.Folder(uid), time, cancellationToken);

    /// <summary>Turns the session's events and its end into wake-ups.</summary>
    internal void Watch(string uid, RunningMachine session) => _ = FollowAsync(uid, session);

    internal async Task CloseAsync(string uid)
    {
        if (open.TryRemove(uid, out var session)) await session.DisposeAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (closed) return;
        closed = true;
        await closing.CancelAsync();
        foreach (var uid in open.Keys) await CloseAsync(uid);
        closing.Dispose();
    }

    // It decides nothing.
    private async Task FollowAsync(string uid, RunningMachine session)
    {
        try
        {
            while (await session.NextEventAsync(closing.Token)) changes.Add(uid);
            changes.Add(uid);
        }
        catch (OperationCanceledException)
        {
        }
    }
}
