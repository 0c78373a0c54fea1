using System.Net.Sockets;
using System.Security.Authentication;
using System.Text.Json;

namespace Rempart.Protocols.Ovsdb;

/// <summary>
/// A client of one OVSDB database (RFC 7047, with `monitor_cond_since` of ovsdb-server(7)): keeps a copy of the monitored tables
/// across reconnects and carries out transactions. <see cref="RunAsync"/> must be running for anything to happen.
/// </summary>
public sealed class OvsdbClient
{
    private const string NoTransaction = "00000000-0000-0000-0000-000000000000";
    private const string MonitorName = "rempart";
    private readonly OvsdbClientOptions _options;
    private readonly TimeProvider _time;
    private readonly Lock _gate = new();
    private TaskCompletionSource _changed = NewSignal();
    private OvsdbReplica? _replica;
    private OvsdbSession? _session;
    private string _lastTransaction = NoTransaction;
    private string? _lastError;
    private int _failures;

    public OvsdbClient(OvsdbClientOptions options, TimeProvider time)
    {
        if (options.Endpoints.Count == 0) throw new ArgumentException("a database client needs at least one endpoint", nameof(options));
        (_options, _time) = (options, time);
    }

    /// <summary>The copy as last heard; null before the first contact. Stale while <see cref="IsConnected"/> is false.</summary>
    public OvsdbReplica? Replica => Volatile.Read(ref _replica);

    public bool IsConnected => Volatile.Read(ref _session) is not null;

    /// <summary>Why the last connection failed or ended; null while connected.</summary>
    public string? LastError => Volatile.Read(ref _lastError);

    /// <summary>Connects, copies, reconnects with a growing pause, until cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellation)
    {
        for (var attempt = 0; ; attempt = (attempt + 1) % _options.Endpoints.Count)
        {
            var endpoint = _options.Endpoints[attempt];
            try
            {
                await ServeAsync(endpoint, cancellation);
            }
            catch (Exception exception) when (!cancellation.IsCancellationRequested
                && exception is IOException or SocketException or AuthenticationException or TimeoutException or OperationCanceledException or JsonException or InvalidOperationException)
            {
                Volatile.Write(ref _lastError, $"`{endpoint}`: {exception.Message}");
                Publish(_replica);
            }
            cancellation.ThrowIfCancellationRequested();
            var pause = TimeSpan.FromTicks((long)Math.Min(_options.FirstBackoff.Ticks * Math.Pow(2, _failures), _options.LastBackoff.Ticks));
            // A round of all members before the next one waits longer: the leader that was chosen meanwhile may be any of them.
            if (attempt == _options.Endpoints.Count - 1) _failures++;
            await Task.Delay(pause, _time, cancellation);
        }
    }

    /// <summary>Carries out the operations as one transaction.</summary>
    /// <returns>one result an operation, as RFC 7047 section 5.2 shapes them.</returns>
    /// <exception cref="OvsdbTransactionException">refused; nothing was done.</exception>
    /// <exception cref="OvsdbUnavailableException">not connected (nothing was done), or the connection ended (unknown).</exception>
    public async Task<IReadOnlyList<JsonElement>> TransactAsync(IReadOnlyList<OvsdbOperation> operations, CancellationToken cancellation)
    {
        var session = Volatile.Read(ref _session) ?? throw new OvsdbUnavailableException($"no database server is connected ({LastError ?? "not tried yet"})");
        JsonElement answer;
        try
        {
            answer = await session.CallAsync("transact", json =>
            {
                json.WriteStringValue(_options.Database);
                foreach (var operation in operations) operation.Write(json);
            }, null, cancellation);
        }
        catch (Exception exception) when (exception is ObjectDisposedException or (IOException and not (OvsdbUnavailableException or OvsdbProtocolException)))
        {
            throw new OvsdbUnavailableException("the connection to the database ended", exception);
        }
        var results = answer.ValueKind == JsonValueKind.Array ? answer.EnumerateArray().ToList() : throw new OvsdbProtocolException("a transaction's result is not a list");
        for (var i = 0; i < results.Count; i++)
        {
            if (results[i].ValueKind != JsonValueKind.Object || !results[i].TryGetProperty("error", out var error)) continue;
            throw new OvsdbTransactionException(i, error.ToString(), results[i].TryGetProperty("details", out var details) ? details.ToString() : "");
        }
        return results.Count >= operations.Count ? results : throw new OvsdbProtocolException("a transaction's result is shorter than its operations");
    }

    /// <summary>The first copy for which <paramref name="condition"/> holds, now or within <paramref name="timeout"/>.</summary>
    /// <exception cref="TimeoutException">it did not hold in time.</exception>
    public async Task<OvsdbReplica> WaitAsync(Func<OvsdbReplica, bool> condition, TimeSpan timeout, CancellationToken cancellation)
    {
        using var limit = new CancellationTokenSource(timeout, _time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(cancellation, limit.Token);
        try
        {
            while (true)
            {
                var changed = NextChangeAsync(both.Token);
                if (Replica is { } replica && condition(replica)) return replica;
                await changed;
            }
        }
        catch (OperationCanceledException exception) when (!cancellation.IsCancellationRequested)
        {
            throw new TimeoutException($"the database did not come to the expected state within {timeout.TotalSeconds} s{(LastError is { } error ? $" ({error})" : "")}", exception);
        }
    }

    /// <summary>Completes at the next change of <see cref="Replica"/> or <see cref="IsConnected"/> after the call.</summary>
    public Task NextChangeAsync(CancellationToken cancellation)
    {
        lock (_gate) return _changed.Task.WaitAsync(cancellation);
    }

    private async Task ServeAsync(OvsdbEndpoint endpoint, CancellationToken cancellation)
    {
        using var limit = new CancellationTokenSource(_options.ConnectTimeout, _time);
        using var dialing = CancellationTokenSource.CreateLinkedTokenSource(cancellation, limit.Token);
        var stream = await OvsdbDialer.ConnectAsync(endpoint, _options, dialing.Token);
        OvsdbSchema? schema = null, serverSchema = null;
        var membership = new OvsdbMembership(_options.Database, _options.LeaderOnly);
        using var session = new OvsdbSession(stream, _options, _time, update =>
        {
            if (IsOf(update, OvsdbMembership.MonitorName)) membership.Follow(update[2], serverSchema!);
            else OnUpdate(update, schema);
        });
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var running = session.RunAsync(ending.Token);
        try
        {
            if (_options.LeaderOnly || _options.Endpoints.Count > 1)
            {
                serverSchema = OvsdbSchema.Parse(await session.CallAsync("get_schema", json => json.WriteStringValue(OvsdbMembership.Database), null, cancellation));
                await session.CallAsync("monitor_cond_since", json => WriteMonitor(json, OvsdbMembership.Database, OvsdbMembership.MonitorName, OvsdbMembership.Monitor, NoTransaction),
                    result => membership.Follow(UpdatesOf(result), serverSchema), cancellation);
                if (membership.Ended.IsCompleted) throw new OvsdbUnavailableException(await membership.Ended);
            }
            schema = OvsdbSchema.Parse(await session.CallAsync("get_schema", json => json.WriteStringValue(_options.Database), null, cancellation));
            await session.CallAsync("monitor_cond_since", json => WriteMonitor(json, _options.Database, MonitorName, _options.Monitor, _lastTransaction), result => OnMonitored(result, schema), cancellation);
            Volatile.Write(ref _lastError, null);
            Volatile.Write(ref _session, session);
            _failures = 0;
            Publish(_replica);
            if (await Task.WhenAny(running, membership.Ended) == membership.Ended) throw new OvsdbUnavailableException(await membership.Ended);
            await running;
        }
        finally
        {
            Volatile.Write(ref _session, null);
            await ending.CancelAsync();
            await running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private static bool IsOf(JsonElement update, string monitor) => update.ValueKind == JsonValueKind.Array && update.GetArrayLength() == 3
        && update[0].ValueKind == JsonValueKind.String && update[0].ValueEquals(monitor);

    private static JsonElement UpdatesOf(JsonElement result) => result.ValueKind == JsonValueKind.Array && result.GetArrayLength() == 3
        ? result[2]
        : throw new OvsdbProtocolException("the answer to `monitor_cond_since` is not a triple");

    private static void WriteMonitor(Utf8JsonWriter json, string database, string name, IReadOnlyDictionary<string, IReadOnlyList<string>> monitored, string since)
    {
        json.WriteStringValue(database);
        json.WriteStringValue(name);
        json.WriteStartObject();
        foreach (var (table, columns) in monitored)
        {
            json.WriteStartArray(table);
            json.WriteStartObject();
            json.WriteStartArray("columns");
            foreach (var column in columns) json.WriteStringValue(column);
            json.WriteEndArray();
            json.WriteEndObject();
            json.WriteEndArray();
        }
        json.WriteEndObject();
        json.WriteStringValue(since);
    }

    /// <summary>The result is `[found, last transaction, updates]`: without `found` the updates are the whole database.</summary>
    private void OnMonitored(JsonElement result, OvsdbSchema schema)
    {
        var updates = UpdatesOf(result);
        var known = result[0].ValueKind == JsonValueKind.True ? _replica : null;
        Follow(known ?? OvsdbReplica.Empty, result[1], updates, schema);
    }

    private void OnUpdate(JsonElement parameters, OvsdbSchema? schema)
    {
        if (schema is null || _replica is null || parameters.ValueKind != JsonValueKind.Array || parameters.GetArrayLength() != 3)
            throw new OvsdbProtocolException("an update came before the database was copied, or is not a triple");
        Follow(_replica, parameters[1], parameters[2], schema);
    }

    private void Follow(OvsdbReplica replica, JsonElement transaction, JsonElement updates, OvsdbSchema schema)
    {
        try
        {
            var next = replica.Apply(updates, schema, _options.Monitor);
            _lastTransaction = transaction.GetString() ?? NoTransaction;
            Publish(next);
        }
        catch (Exception exception) when (exception is OvsdbProtocolException or InvalidOperationException)
        {
            _lastTransaction = NoTransaction; // the copy is of no more use: the next connection makes it anew
            throw;
        }
    }

    private void Publish(OvsdbReplica? replica)
    {
        TaskCompletionSource changed;
        lock (_gate)
        {
            Volatile.Write(ref _replica, replica);
            changed = _changed;
            _changed = NewSignal();
        }
        changed.TrySetResult();
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
