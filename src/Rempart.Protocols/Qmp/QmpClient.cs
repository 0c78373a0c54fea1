using System.Buffers;
using System.Collections.Concurrent;
using System.Globalization;
using System.IO.Pipelines;
using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Threading.Channels;

namespace Rempart.Protocols.Qmp;

/// <summary>
/// A session with QEMU's monitor (QMP specification, docs/interop/qmp-spec). The peer is not trusted: lines, depth, events and
/// waiting commands are bounded, and a line that is not a greeting, an answer or an event ends the session.
/// </summary>
public sealed class QmpClient : IAsyncDisposable
{
    private readonly Stream stream;
    private readonly QmpDescriptorSender? sender;
    private readonly QmpOptions options;
    private readonly TimeProvider time;
    private readonly PipeReader reader;
    private readonly Channel<QmpEvent> events;
    private readonly ConcurrentDictionary<string, TaskCompletionSource<JsonElement>> pending = new(StringComparer.Ordinal);
    private readonly SemaphoreSlim writing = new(1, 1);
    private readonly CancellationTokenSource closing = new();
    private readonly TaskCompletionSource finished = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool started;
    private volatile QmpDisconnectedException? ended;
    private long lastId;

    private QmpClient(Stream stream, QmpDescriptorSender? sender, QmpOptions options, TimeProvider time)
    {
        this.stream = stream;
        this.sender = sender;
        this.options = options;
        this.time = time;
        reader = PipeReader.Create(stream, new StreamPipeReaderOptions(leaveOpen: true));
        events = Channel.CreateBounded<QmpEvent>(new BoundedChannelOptions(options.MaxEvents) { FullMode = BoundedChannelFullMode.DropOldest, SingleWriter = true });
    }

    public QmpVersion Version { get; private set; } = new(0, 0, 0, "");

    /// <summary>Ends with the session.</summary>
    public ChannelReader<QmpEvent> Events => events.Reader;

    /// <summary>Completes, never faults, when the session has ended.</summary>
    public Task Completion => finished.Task;

    /// <summary>Reads the greeting and negotiates capabilities. Owns <paramref name="stream"/>, also when it fails.</summary>
    /// <param name="stream">connected to QEMU's monitor in control mode.</param>
    /// <param name="sender">how to pass descriptors on the same connection; without it none can be passed.</param>
    public static async Task<QmpClient> StartAsync(Stream stream, QmpDescriptorSender? sender, QmpOptions options, TimeProvider time, CancellationToken cancellationToken)
    {
        var client = new QmpClient(stream, sender, options, time);
        try
        {
            using var limit = client.Limit(cancellationToken);
            client.Version = QmpMessages.Greeting(await client.ReadLineAsync(limit.Token) ?? throw new QmpDisconnectedException("QEMU closed the monitor before its greeting"));
            client.started = true;
            _ = client.ReadAsync();
            await client.ExecuteAsync("qmp_capabilities", arguments: null, [], cancellationToken);
            return client;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            await client.DisposeAsync();
            throw new QmpDisconnectedException($"QEMU did not greet within {options.Timeout.TotalSeconds:0} s");
        }
        catch (JsonException exception)
        {
            await client.DisposeAsync();
            throw new QmpDisconnectedException($"what QEMU sent is no greeting: {exception.Message}", exception);
        }
        catch (IOException exception) when (exception is not QmpDisconnectedException)
        {
            // QEMU died after it had accepted: the connection is reset rather than closed.
            await client.DisposeAsync();
            throw new QmpDisconnectedException($"QEMU's monitor ended before its greeting: {exception.Message}", exception);
        }
        catch
        {
            await client.DisposeAsync();
            throw;
        }
    }

    /// <summary>Runs a command and returns its `return` member.</summary>
    /// <param name="command">the QMP name.</param>
    /// <param name="arguments">its arguments, or null.</param>
    /// <param name="descriptors">passed along with it (`getfd`, `add-fd`); the caller still owns them.</param>
    /// <exception cref="QmpException">QEMU refused.</exception>
    /// <exception cref="QmpDisconnectedException">the session ended, or no answer came in time.</exception>
    public async Task<JsonElement> ExecuteAsync(string command, JsonObject? arguments, IReadOnlyList<SafeHandle> descriptors, CancellationToken cancellationToken)
    {
        if (ended is { } reason) throw new QmpDisconnectedException(reason.Message, reason);
        if (pending.Count >= options.MaxPending) throw new QmpDisconnectedException($"{options.MaxPending} commands wait for QEMU already");
        var id = Interlocked.Increment(ref lastId).ToString(CultureInfo.InvariantCulture);
        var answer = new TaskCompletionSource<JsonElement>(TaskCreationOptions.RunContinuationsAsynchronously);
        pending[id] = answer;
        try
        {
            using var limit = Limit(cancellationToken);
            await WriteAsync([(QmpMessages.Command(command, arguments, id), descriptors)], limit.Token);
            if (ended is { } now) answer.TrySetException(new QmpDisconnectedException(now.Message, now));
            return QmpMessages.Result(command, await answer.Task.WaitAsync(limit.Token));
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new QmpDisconnectedException($"QEMU did not answer `{command}` within {options.Timeout.TotalSeconds:0} s");
        }
        catch (Exception exception) when (exception is IOException and not QmpDisconnectedException)
        {
            throw new QmpDisconnectedException($"the monitor broke while sending `{command}`: {exception.Message}", exception);
        }
        finally
        {
            // An answer that comes after a cancellation finds no one and is dropped.
            pending.TryRemove(id, out _);
        }
    }

    /// <summary>
    /// Runs commands one after the other, as QEMU does with what it reads, without waiting for an answer before the next is sent. All were
    /// answered when it returns; what follows a refused one was tried nevertheless.
    /// </summary>
    /// <param name="commands">in their order, at most half of <see cref="QmpOptions.MaxPending"/>.</param>
    /// <param name="cancellationToken">gives up.</param>
    /// <exception cref="QmpException">QEMU refused one; the first of them.</exception>
    /// <exception cref="QmpDisconnectedException">the session ended, or not all answers came in time.</exception>
    public async Task ExecuteAllAsync(IReadOnlyList<QmpCommand> commands, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(commands.Count, options.MaxPending / 2, nameof(commands));
        if (ended is { } reason) throw new QmpDisconnectedException(reason.Message, reason);
        if (pending.Count + commands.Count > options.MaxPending) throw new QmpDisconnectedException($"{pending.Count} commands wait for QEMU already");
        var waiting = commands.Select(command => (command.Name, Id: Interlocked.Increment(ref lastId).ToString(CultureInfo.InvariantCulture), Answer: new TaskCompletionSource<JsonElement>(TaskCreationOptions.RunContinuationsAsynchronously))).ToList();
        foreach (var (_, id, answer) in waiting) pending[id] = answer;
        try
        {
            using var limit = Limit(cancellationToken);
            // The lock is not taken again in between: their order is the caller's.
            await WriteAsync([.. commands.Zip(waiting, (command, waits) => (QmpMessages.Command(command.Name, command.Arguments, waits.Id), command.Descriptors))], limit.Token);
            if (ended is { } now) foreach (var (_, _, answer) in waiting) answer.TrySetException(new QmpDisconnectedException(now.Message, now));
            foreach (var (name, _, answer) in waiting) QmpMessages.Result(name, await answer.Task.WaitAsync(limit.Token));
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new QmpDisconnectedException($"QEMU did not answer {commands.Count} commands within {options.Timeout.TotalSeconds:0} s");
        }
        catch (Exception exception) when (exception is IOException and not QmpDisconnectedException)
        {
            throw new QmpDisconnectedException($"the monitor broke while sending commands: {exception.Message}", exception);
        }
        finally
        {
            foreach (var (_, id, answer) in waiting)
            {
                pending.TryRemove(id, out _);
                // Nobody waits for it any more; its failure is the session's, which is told above.
                _ = answer.Task.ContinueWith(static failed => failed.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted | TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        await closing.CancelAsync();
        await stream.DisposeAsync();
        if (started) await finished.Task;
        await reader.CompleteAsync();
    }

    private Deadline Limit(CancellationToken cancellationToken) => new(options.Timeout, time, cancellationToken, closing.Token);

    private async Task WriteAsync(IReadOnlyList<(ReadOnlyMemory<byte> Line, IReadOnlyList<SafeHandle> Descriptors)> commands, CancellationToken cancellationToken)
    {
        if (sender is null && commands.Any(command => command.Descriptors.Count > 0)) throw new InvalidOperationException("this session can't pass descriptors");
        await writing.WaitAsync(cancellationToken);
        try
        {
            foreach (var (line, descriptors) in commands)
            {
                if (descriptors.Count > 0) await sender!(line, descriptors, cancellationToken);
                else await stream.WriteAsync(line, cancellationToken);
            }
        }
        finally
        {
            writing.Release();
        }
    }

    private async Task ReadAsync()
    {
        QmpDisconnectedException reason;
        try
        {
            while (await ReadLineAsync(closing.Token) is { } line) Take(QmpMessages.Parse(line, options.MaxDepth));
            reason = new QmpDisconnectedException("QEMU closed the monitor");
        }
        catch (QmpDisconnectedException exception)
        {
            reason = exception;
        }
        catch (Exception exception)
        {
            reason = new QmpDisconnectedException($"the monitor session ended: {exception.Message}", exception);
        }
        ended = reason;
        foreach (var answer in pending.Values) answer.TrySetException(new QmpDisconnectedException(reason.Message, reason));
        events.Writer.TryComplete();
        await stream.DisposeAsync();
        finished.TrySetResult();
    }

    private void Take(JsonElement message)
    {
        if (message.TryGetProperty("event", out var name) && name.ValueKind == JsonValueKind.String)
        {
            events.Writer.TryWrite(new QmpEvent(name.GetString()!, message.TryGetProperty("data", out var data) ? data : default));
            return;
        }
        if (!message.TryGetProperty("return", out _) && !message.TryGetProperty("error", out _))
            throw new QmpDisconnectedException("QEMU sent a line that is neither an event nor an answer");
        if (message.TryGetProperty("id", out var id) && id.ValueKind == JsonValueKind.String)
        {
            if (pending.TryGetValue(id.GetString()!, out var answer)) answer.TrySetResult(message);
            return;
        }
        // Without an id it answers something QEMU could not parse: nothing of ours, so the stream is out of step.
        throw new QmpDisconnectedException("QEMU sent an answer without an id");
    }

    private async ValueTask<ReadOnlySequence<byte>?> ReadLineAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var result = await reader.ReadAsync(cancellationToken);
            if (result.Buffer.PositionOf((byte)'\n') is { } end)
            {
                // Copied: the parsed message outlives the buffer.
                var line = new ReadOnlySequence<byte>(result.Buffer.Slice(0, end).ToArray());
                reader.AdvanceTo(result.Buffer.GetPosition(1, end));
                if (line.Length > options.MaxLineBytes) throw new QmpDisconnectedException($"QEMU sent a line longer than {options.MaxLineBytes} bytes");
                return line;
            }
            if (result.Buffer.Length > options.MaxLineBytes) throw new QmpDisconnectedException($"QEMU sent a line longer than {options.MaxLineBytes} bytes");
            if (result.IsCompleted) return null;
            reader.AdvanceTo(result.Buffer.Start, result.Buffer.End);
        }
    }

    /// <summary>The caller's token, the end of the session and a time limit in one.</summary>
    private sealed class Deadline(TimeSpan limit, TimeProvider time, CancellationToken caller, CancellationToken session) : IDisposable
    {
        private readonly CancellationTokenSource timer = new(limit, time);
        private CancellationTokenSource? linked;

        internal CancellationToken Token => (linked ??= CancellationTokenSource.CreateLinkedTokenSource(caller, session, timer.Token)).Token;

        public void Dispose()
        {
            linked?.Dispose();
            timer.Dispose();
        }
    }
}
