using System.Collections.Concurrent;
using System.Text.Json;

namespace Rempart.Protocols.Ovsdb;

/// <summary>JSON-RPC 1.0 over one connection: requests, their answers, the server's echo requests and its update notifications.</summary>
internal sealed class OvsdbSession : IDisposable
{
    private const int MaxInFlight = 64;
    private readonly Stream _stream;
    private readonly OvsdbClientOptions _options;
    private readonly TimeProvider _time;
    private readonly Action<JsonElement> _onUpdate;
    private readonly ConcurrentDictionary<long, Pending> _pending = new();
    private readonly SemaphoreSlim _writing = new(1, 1);
    private readonly SemaphoreSlim _slots = new(MaxInFlight, MaxInFlight);
    private long _lastId;
    private long _lastReceived;
    private volatile bool _ended;

    /// <param name="stream">owned by the session.</param>
    /// <param name="options">bounds and times.</param>
    /// <param name="time">the clock.</param>
    /// <param name="onUpdate">gets the parameters of each `update3`, in order, on the reading task.</param>
    internal OvsdbSession(Stream stream, OvsdbClientOptions options, TimeProvider time, Action<JsonElement> onUpdate) =>
        (_stream, _options, _time, _onUpdate) = (stream, options, time, onUpdate);

    /// <summary>Reads until the connection ends, which it always reports as an exception.</summary>
    internal async Task RunAsync(CancellationToken cancellation)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        Volatile.Write(ref _lastReceived, _time.GetTimestamp());
        var reading = ReadAsync(ending.Token);
        var probing = ProbeAsync(ending.Token);
        try
        {
            await await Task.WhenAny(reading, probing);
        }
        finally
        {
            _ended = true;
            await ending.CancelAsync();
            await Task.WhenAll(reading, probing).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            foreach (var id in _pending.Keys) Complete(id)?.Answer.TrySetException(new OvsdbUnavailableException("the connection to the database ended before its answer"));
        }
    }

    /// <summary>Sends a request and returns its result.</summary>
    /// <param name="method">RFC 7047's name.</param>
    /// <param name="parameters">writes the elements of `params`.</param>
    /// <param name="inOrder">gets the result on the reading task, before any message that follows it.</param>
    /// <param name="cancellation">gives up waiting; the server may still carry the request out.</param>
    internal async Task<JsonElement> CallAsync(string method, Action<Utf8JsonWriter> parameters, Action<JsonElement>? inOrder, CancellationToken cancellation)
    {
        await _slots.WaitAsync(cancellation);
        var id = Interlocked.Increment(ref _lastId);
        try
        {
            var pending = _pending[id] = new Pending(inOrder);
            if (_ended) throw new OvsdbUnavailableException("the connection to the database ended");
            await SendAsync(json =>
            {
                json.WriteString("method", method);
                json.WriteStartArray("params");
                parameters(json);
                json.WriteEndArray();
                json.WriteNumber("id", id);
            }, cancellation);
            return await pending.Answer.Task.WaitAsync(_options.RequestTimeout, _time, cancellation);
        }
        catch (TimeoutException exception)
        {
            throw new OvsdbUnavailableException($"the database did not answer `{method}` within {_options.RequestTimeout.TotalSeconds} s", exception);
        }
        finally
        {
            _pending.TryRemove(id, out _);
            _slots.Release();
        }
    }

    public void Dispose()
    {
        _ended = true;
        _stream.Dispose();
        _writing.Dispose();
        _slots.Dispose();
    }

    private async Task ReadAsync(CancellationToken cancellation)
    {
        var splitter = new OvsdbMessageSplitter(_options.MaxMessageBytes);
        while (true)
        {
            var count = await _stream.ReadAsync(splitter.Free(), cancellation);
            if (count == 0) throw new OvsdbUnavailableException("the database closed the connection");
            Volatile.Write(ref _lastReceived, _time.GetTimestamp());
            splitter.Advance(count);
            while (splitter.TryNext(out var message)) await HandleAsync(message, cancellation);
        }
    }

    private async Task HandleAsync(ReadOnlyMemory<byte> message, CancellationToken cancellation)
    {
        JsonElement json;
        try
        {
            using var document = JsonDocument.Parse(message, new JsonDocumentOptions { MaxDepth = OvsdbMessageSplitter.MaxDepth });
            json = document.RootElement.Clone();
        }
        catch (JsonException exception)
        {
            throw new OvsdbProtocolException($"a message is not JSON: {exception.Message}");
        }
        if (json.TryGetProperty("method", out var method) && method.ValueKind == JsonValueKind.String)
        {
            var parameters = json.TryGetProperty("params", out var p) ? p : default;
            if (method.ValueEquals("echo")) await AnswerEchoAsync(json, parameters, cancellation);
            else if (method.ValueEquals("update3")) _onUpdate(parameters);
            else if (method.ValueEquals("monitor_canceled")) throw new OvsdbUnavailableException("the database was removed from its server");
            return;
        }
        if (!json.TryGetProperty("id", out var id) || !id.TryGetInt64(out var number) || Complete(number) is not { } pending) return;
        if (json.TryGetProperty("error", out var error) && error.ValueKind != JsonValueKind.Null)
        {
            pending.Answer.TrySetException(new OvsdbProtocolException($"the database refused the request: {Short(error)}"));
            return;
        }
        var result = json.TryGetProperty("result", out var r) ? r : default;
        pending.InOrder?.Invoke(result);
        pending.Answer.TrySetResult(result);
    }

    private Task AnswerEchoAsync(JsonElement request, JsonElement parameters, CancellationToken cancellation) => SendAsync(json =>
    {
        json.WritePropertyName("id");
        if (request.TryGetProperty("id", out var id)) id.WriteTo(json);
        else json.WriteNullValue();
        json.WritePropertyName("result");
        if (parameters.ValueKind == JsonValueKind.Array) parameters.WriteTo(json);
        else json.WriteNullValue();
        json.WriteNull("error");
    }, cancellation);

    private async Task ProbeAsync(CancellationToken cancellation)
    {
        using var timer = new PeriodicTimer(_options.ProbeInterval, _time);
        while (await timer.WaitForNextTickAsync(cancellation))
        {
            if (_time.GetElapsedTime(Volatile.Read(ref _lastReceived)) < _options.ProbeInterval) continue;
            await CallAsync("echo", _ => { }, null, cancellation);
        }
    }

    private async Task SendAsync(Action<Utf8JsonWriter> members, CancellationToken cancellation)
    {
        var bytes = OvsdbJson.Bytes(json =>
        {
            json.WriteStartObject();
            members(json);
            json.WriteEndObject();
        });
        // A peer that stops reading must not hold the reading task for ever.
        using var limit = new CancellationTokenSource(_options.RequestTimeout, _time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(cancellation, limit.Token);
        await _writing.WaitAsync(cancellation);
        try
        {
            await _stream.WriteAsync(bytes, both.Token);
            await _stream.FlushAsync(both.Token);
        }
        catch (OperationCanceledException exception) when (!cancellation.IsCancellationRequested)
        {
            throw new OvsdbUnavailableException("the database does not read what it is sent", exception);
        }
        finally
        {
            _writing.Release();
        }
    }

    private Pending? Complete(long id) => _pending.TryRemove(id, out var pending) ? pending : null;

    private static string Short(JsonElement error)
    {
        var text = error.GetRawText();
        return text.Length <= 500 ? text : text[..500];
    }

    private sealed record Pending(Action<JsonElement>? InOrder)
    {
        internal TaskCompletionSource<JsonElement> Answer { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
