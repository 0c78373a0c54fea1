using Rempart.ApiServer.Metrics;
using Rempart.ApiServer.Registry;

namespace Rempart.ApiServer.Flow;

/// <summary>
/// Lets the requests of one level in: so many at a time, so many of each client, the others wait in a bounded row where clients, not
/// requests, take turns. What is beyond is refused with 429 and told when to come again.
/// </summary>
internal sealed class FlowGate(FlowLevel level, TimeProvider time)
{
    private static readonly TimeSpan SweepEvery = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private readonly Dictionary<string, FlowClient> _clients = new(StringComparer.Ordinal);
    private readonly FlowClient _others = new("others", level, time);

    // INVARIANT: a client is in the row exactly when it has waiting requests and may have another seat.
    private readonly Queue<FlowClient> _row = new();
    private int _running;
    private int _waiting;
    private int _streams;
    private long _swept = time.GetTimestamp();

    /// <summary>Waits for a seat.</summary>
    /// <param name="name">The client.</param>
    /// <param name="kind">What the request costs.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="Api.Meta.ApiException">429.</exception>
    public async ValueTask<FlowPermit> EnterAsync(string name, FlowKind kind, CancellationToken cancellationToken)
    {
        FlowClient client;
        LinkedListNode<TaskCompletionSource>? place;
        lock (_gate)
        {
            client = Find(name);
            Take(client, kind);
            place = Sit(client, kind);
        }

        if (place is not null) await WaitAsync(client, kind, place, cancellationToken);
        return new FlowPermit(this, client, kind.Stream);
    }

    /// <summary>Gives a seat back, and on.</summary>
    public void Leave(FlowClient client)
    {
        lock (_gate)
        {
            _running--;
            client.Running--;
            FlowMetrics.Left(level.Name);
            Line(client);
            Call();
        }
    }

    /// <summary>A stream has ended.</summary>
    public void EndStream(FlowClient client)
    {
        lock (_gate)
        {
            _streams--;
            client.Streams--;
            FlowMetrics.Streaming(level.Name, -1);
        }
    }

    private void Take(FlowClient client, FlowKind kind)
    {
        if (kind.Stream && (client.Streams >= level.StreamsOfClient || _streams >= level.Streams))
            throw Refused(client, "streams", $"it has {client.Streams} watches and streams open, of {level.StreamsOfClient} that one may have and {level.Streams} for all", TimeSpan.FromSeconds(5));
        if (client.Requests?.Wait() is { Ticks: > 0 } wait) throw Refused(client, "rate", "it asks too often", wait);
        if (kind.Recorded && client.Recorded?.Wait() is { Ticks: > 0 } pause) throw Refused(client, "change-rate", "it changes things too often", pause);
        if (client.Waiting.Count >= level.WaitingOfClient || _waiting >= level.Waiting) throw Refused(client, "queue-full", $"{client.Waiting.Count} of its requests wait already", TimeSpan.FromSeconds(1));
        client.Requests?.Take();
        if (kind.Recorded) client.Recorded?.Take();
    }

    private LinkedListNode<TaskCompletionSource>? Sit(FlowClient client, FlowKind kind)
    {
        if (kind.Stream)
        {
            _streams++;
            client.Streams++;
            FlowMetrics.Streaming(level.Name, 1);
        }

        if (_running < level.Seats && client.Running < level.SeatsOfClient && client.Waiting.Count == 0)
        {
            _running++;
            client.Running++;
            FlowMetrics.Seated(level.Name);
            return null;
        }

        _waiting++;
        FlowMetrics.Queued(level.Name, 1);
        var place = client.Waiting.AddLast(new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        Line(client);
        return place;
    }

    private async Task WaitAsync(FlowClient client, FlowKind kind, LinkedListNode<TaskCompletionSource> place, CancellationToken cancellationToken)
    {
        try
        {
            await place.Value.Task.WaitAsync(level.Patience, time, cancellationToken);
        }
        catch (Exception given) when (given is TimeoutException or OperationCanceledException)
        {
            Abandon(client, kind, place);
            if (given is OperationCanceledException) throw;
            throw Refused(client, "time-out", "no place became free", TimeSpan.FromSeconds(1));
        }
    }

    private void Abandon(FlowClient client, FlowKind kind, LinkedListNode<TaskCompletionSource> place)
    {
        var seated = false;
        lock (_gate)
        {
            if (place.List is null)
            {
                seated = true;
            }
            else
            {
                client.Waiting.Remove(place);
                _waiting--;
                FlowMetrics.Queued(level.Name, -1);
            }
        }

        // The call came at the same moment.
        if (seated) Leave(client);
        if (kind.Stream) EndStream(client);
    }

    private void Line(FlowClient client)
    {
        if (client.InRow || client.Waiting.Count == 0 || client.Running >= level.SeatsOfClient) return;
        client.InRow = true;
        _row.Enqueue(client);
    }

    private void Call()
    {
        while (_running < level.Seats && _row.TryDequeue(out var client))
        {
            client.InRow = false;
            if (client.Waiting.First is not { } first || client.Running >= level.SeatsOfClient) continue;
            client.Waiting.RemoveFirst();
            _waiting--;
            _running++;
            client.Running++;
            FlowMetrics.Queued(level.Name, -1);
            FlowMetrics.Seated(level.Name);
            first.Value.SetResult();
            Line(client);
        }
    }

    private FlowClient Find(string name)
    {
        if (_clients.TryGetValue(name, out var known)) return known;
        if (_clients.Count >= level.Clients)
        {
            Sweep();
            if (_clients.Count >= level.Clients) return _others;
        }

        return _clients[name] = new FlowClient(name, level, time);
    }

    private void Sweep()
    {
        if (time.GetElapsedTime(_swept) < SweepEvery) return;
        _swept = time.GetTimestamp();
        foreach (var (name, client) in _clients)
        {
            if (client.IsIdle) _clients.Remove(name);
        }
    }

    private Api.Meta.ApiException Refused(FlowClient client, string reason, string why, TimeSpan again)
    {
        FlowMetrics.Refused(level.Name, reason);
        return Failures.TooManyRequests($"too many requests of `{client.Name}` at level `{level.Name}`: {why}; try again later", (int)Math.Clamp(Math.Ceiling(again.TotalSeconds), 1, 60));
    }
}
