using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Rempart.Api.Tracing;

namespace Rempart.Telemetry.Traces;

/// <summary>
/// Sends the spans of our sources to a collector (OTLP over HTTP, JSON). It never holds up what is traced: its queue is bounded, what does
/// not fit or can't be delivered is dropped and counted.
/// </summary>
public sealed partial class TraceExporter : IAsyncDisposable
{
    private const int MaxQueue = 4096;
    private const int MaxBatch = 512;
    private const int Attempts = 3;

    private static readonly TimeSpan Gather = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan PostLimit = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(10);

    private readonly Channel<SpanRecord> _queue = Channel.CreateBounded<SpanRecord>(new BoundedChannelOptions(MaxQueue) { SingleReader = true, FullMode = BoundedChannelFullMode.Wait });
    private readonly CancellationTokenSource _stop = new();
    private readonly IReadOnlyList<KeyValuePair<string, string>> _resource;
    private readonly TraceSettings _settings;
    private readonly ActivityListener _listener;
    private readonly HttpClient _http;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly Task _sending;
    private bool _failing;
    private int _disposed;

    private TraceExporter(TraceSettings settings, IReadOnlyList<KeyValuePair<string, string>> resource, TimeProvider time, ILogger logger)
    {
        (_settings, _resource, _time, _logger) = (settings, resource, time, logger);
        // Its own requests are not traced, and a collector that redirects is not followed.
        _http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, UseProxy = false, ConnectTimeout = PostLimit, ActivityHeadersPropagator = null }) { Timeout = Timeout.InfiniteTimeSpan };
        var sampler = new TraceSampler(settings.Ratio);
        _listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name.StartsWith(Spans.Prefix, StringComparison.Ordinal),
            Sample = (ref ActivityCreationOptions<ActivityContext> creation) => sampler.Takes(creation.TraceId) ? ActivitySamplingResult.AllDataAndRecorded : ActivitySamplingResult.None,
            ActivityStopped = Take,
        };
        ActivitySource.AddActivityListener(_listener);
        _sending = Task.Run(() => SendAsync(_stop.Token));
    }

    /// <summary>Begins to export; null when no collector is given, and then nothing is traced.</summary>
    /// <param name="settings">Where to, or null.</param>
    /// <param name="service">Name of the program.</param>
    /// <param name="version">Its version.</param>
    /// <param name="instance">Which of several, such as the node's name.</param>
    /// <param name="time">Clock of delays.</param>
    /// <param name="logger">Told when the collector stops and begins to take spans.</param>
    public static TraceExporter? Start(TraceSettings? settings, string service, string version, string instance, TimeProvider time, ILogger logger) => settings is null ? null
        : new TraceExporter(settings, [new("service.name", service), new("service.version", version), new("service.instance.id", instance), new("telemetry.sdk.language", "dotnet")], time, logger);

    /// <summary>Sends what waits, for a few seconds at most, and ends.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0) return;
        _listener.Dispose();
        _queue.Writer.TryComplete();
        _stop.CancelAfter(PostLimit);
        await _sending.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Dispose();
        _http.Dispose();
    }

    private void Take(Activity activity)
    {
        if (!activity.Recorded) return;
        if (!_queue.Writer.TryWrite(SpanRecord.Of(activity))) TraceMetrics.Dropped(1, "queue");
    }

    private async Task SendAsync(CancellationToken cancellationToken)
    {
        var batch = new List<SpanRecord>(MaxBatch);
        while (await _queue.Reader.WaitToReadAsync(cancellationToken))
        {
            // Spans come in bursts: a request each would be many.
            if (!_queue.Reader.Completion.IsCompleted && _queue.Reader.Count < MaxBatch) await GatherAsync(cancellationToken);
            while (batch.Count < MaxBatch && _queue.Reader.TryRead(out var span)) batch.Add(span);
            var sent = await DeliverAsync(OtlpJson.Write(_resource, batch), cancellationToken);
            if (sent) TraceMetrics.Exported(batch.Count);
            else TraceMetrics.Dropped(batch.Count, "collector");
            batch.Clear();
        }
    }

    // Disposal doesn't wait for the end of it.
    private async Task GatherAsync(CancellationToken cancellationToken) =>
        await Task.WhenAny(Task.Delay(Gather, _time, cancellationToken), _queue.Reader.Completion);

    private async Task<bool> DeliverAsync(byte[] body, CancellationToken cancellationToken)
    {
        var pause = FirstPause;
        for (var attempt = 1; ; attempt++)
        {
            var (problem, mayRepeat, after) = await PostAsync(body, cancellationToken);
            if (problem is null)
            {
                if (_failing) LogDelivered(_settings.Traces);
                _failing = false;
                return true;
            }
            if (!_failing) LogFailing(_settings.Traces, problem);
            _failing = true;
            if (!mayRepeat || attempt == Attempts || _queue.Reader.Completion.IsCompleted) return false;
            var wait = after is { } asked && asked > pause ? asked : pause;
            await Task.Delay(wait < LongestPause ? wait : LongestPause, _time, cancellationToken);
            pause *= 2;
        }
    }

    private async Task<(string? Problem, bool MayRepeat, TimeSpan? After)> PostAsync(byte[] body, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(PostLimit, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        using var request = new HttpRequestMessage(HttpMethod.Post, _settings.Traces) { Content = new ByteArrayContent(body) { Headers = { ContentType = new MediaTypeHeaderValue(OtlpJson.MediaType) } } };
        try
        {
            // The answer's body may name rejected spans; nothing would follow from it.
            using var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, either.Token);
            if (response.IsSuccessStatusCode) return (null, false, null);
            return ($"it answered {(int)response.StatusCode}", response.StatusCode is HttpStatusCode.TooManyRequests or HttpStatusCode.BadGateway or HttpStatusCode.ServiceUnavailable or HttpStatusCode.GatewayTimeout, response.Headers.RetryAfter?.Delta);
        }
        catch (Exception unreachable) when (unreachable is HttpRequestException or SocketException)
        {
            return ((unreachable.InnerException ?? unreachable).Message, true, null);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return ($"it did not answer within {PostLimit.TotalSeconds:0} s", true, null);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "the collector of traces at {Endpoint} takes no spans, they are dropped: {Problem}")]
    private partial void LogFailing(Uri endpoint, string problem);

    [LoggerMessage(Level = LogLevel.Information, Message = "the collector of traces at {Endpoint} takes spans again")]
    private partial void LogDelivered(Uri endpoint);
}
