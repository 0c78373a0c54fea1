using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Rempart.Api.Client;
using Rempart.Api.Meta;
using CoreEvent = Rempart.Api.Core.Event;

namespace Rempart.Runtime.Events;

/// <summary>
/// Writes events from a bounded queue. The same thing said again of an object raises the count of its event; an object that
/// is talked about too much (25 at once, then one in 5 minutes, as kube's recorders do) falls silent.
/// </summary>
public sealed partial class EventRecorder : IEventRecorder
{
    private const int MaxKnown = 4096;
    private const int Burst = 25;
    private const int MaxMessage = 1024;
    private const int Attempts = 6;

    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Refill = TimeSpan.FromMinutes(5);

    private readonly ApiClient _client;
    private readonly string _component;
    private readonly string? _host;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly Channel<Said> _queue;
    private readonly Dictionary<string, Written> _written = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Budget> _budgets = new(StringComparer.Ordinal);

    /// <param name="client">Writes as this identity.</param>
    /// <param name="component">Who reports.</param>
    /// <param name="host">The node, when the reporter is a node's agent.</param>
    /// <param name="time">Clock of the events.</param>
    /// <param name="logger">Where lost events are told.</param>
    public EventRecorder(ApiClient client, string component, string? host, TimeProvider time, ILogger logger)
    {
        (_client, _component, _host, _time, _logger) = (client, component, host, time, logger);
        _queue = Channel.CreateBounded<Said>(new BoundedChannelOptions(1000) { FullMode = BoundedChannelFullMode.DropWrite, SingleReader = true }, _ => LogDropped());
    }

    public void Record(ApiObject about, EventSeverity severity, string reason, string message)
    {
        var kind = KindInfo.Of(about.GetType());
        var reference = new ObjectReference
        {
            ApiVersion = kind.ApiVersion,
            Kind = kind.Kind,
            Namespace = about.Metadata.Namespace,
            Name = about.Metadata.Name,
            Uid = about.Metadata.Uid,
            ResourceVersion = about.Metadata.ResourceVersion,
        };
        _queue.Writer.TryWrite(new Said(reference, severity.ToString(), reason, Cut(message), _time.GetUtcNow()));
    }

    /// <summary>Writes what is recorded until cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        await foreach (var said in _queue.Reader.ReadAllAsync(cancellationToken))
        {
            if (!MaySpeak(said)) continue;
            try
            {
                await InsistAsync(said, cancellationToken);
            }
            catch (ApiException failure)
            {
                // An event is a courtesy: losing one must not hold up the next.
                LogFailure(said.Reason, said.About.Name, failure.Message);
            }
        }
    }

    // Half a minute, in which a server comes back or another one leads; the queue takes what is said meanwhile.
    private async Task InsistAsync(Said said, CancellationToken cancellationToken)
    {
        // One name for all attempts: an earlier one whose answer was lost is found.
        var name = $"{said.About.Name}.{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8))}";
        for (var (attempt, pause) = (1, FirstPause); ; attempt++, pause *= 2)
        {
            try
            {
                await WriteAsync(said, name, cancellationToken);
                return;
            }
            catch (ApiException failure) when (attempt < Attempts && failure.Code is (429 or >= 500))
            {
                await Task.Delay(pause, _time, cancellationToken);
            }
        }
    }

    private async Task WriteAsync(Said said, string name, CancellationToken cancellationToken)
    {
        var key = $"{said.About.Uid}/{said.About.Kind}/{said.About.Namespace}/{said.About.Name}/{said.Severity}/{said.Reason}/{said.Message}";
        // Cluster-scoped objects have their events in the default namespace, where kubectl looks for them.
        var ns = said.About.Namespace ?? "default";
        if (_written.TryGetValue(key, out var known) && await CountAsync(ns, known, said, cancellationToken)) return;
        try
        {
            await _client.CreateAsync(Make(ns, name, said), cancellationToken);
        }
        catch (ApiException there) when (there.Code == 409 && there.Status.Reason == StatusReason.AlreadyExists)
        {
            // By an attempt before this one.
        }

        if (_written.Count >= MaxKnown) _written.Clear();
        _written[key] = new Written(name, 1);
    }

    private async Task<bool> CountAsync(string ns, Written known, Said said, CancellationToken cancellationToken)
    {
        // Readers of core/v1 look at the count, those of events.k8s.io at the series.
        var patch = new JsonObject
        {
            ["count"] = known.Count + 1,
            ["lastTimestamp"] = said.At.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture),
            ["series"] = new JsonObject { ["count"] = known.Count + 1, ["lastObservedTime"] = said.At.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture) },
        };
        try
        {
            await _client.PatchAsync<CoreEvent>(ns, known.Name, ApiPatch.Merge(patch), null, cancellationToken);
            known.Count++;
            return true;
        }
        catch (ApiException gone) when (gone.Code == 404)
        {
            return false;
        }
    }

    private CoreEvent Make(string ns, string name, Said said) => new()
    {
        Metadata = new ObjectMeta { Name = name, Namespace = ns },
        InvolvedObject = said.About,
        Type = said.Severity,
        Reason = said.Reason,
        Message = said.Message,
        Source = new() { Component = _component, Host = _host },
        EventTime = new MicroTime(said.At),
        Action = said.Reason,
        FirstTimestamp = said.At,
        LastTimestamp = said.At,
        Count = 1,
        ReportingComponent = _component,
        ReportingInstance = _host ?? _component,
    };

    // The API counts bytes, and half a character is none.
    private static string Cut(string message)
    {
        var (bytes, end) = (0, 0);
        foreach (var rune in message.EnumerateRunes())
        {
            bytes += rune.Utf8SequenceLength;
            if (bytes > MaxMessage) return message[..end];
            end += rune.Utf16SequenceLength;
        }

        return message;
    }

    private bool MaySpeak(Said said)
    {
        var key = said.About.Uid ?? $"{said.About.Kind}/{said.About.Namespace}/{said.About.Name}";
        if (_budgets.Count >= MaxKnown) _budgets.Clear();
        if (!_budgets.TryGetValue(key, out var budget)) _budgets[key] = budget = new Budget(Burst, said.At);
        budget.Left = Math.Min(Burst, budget.Left + ((said.At - budget.At) / Refill));
        budget.At = said.At;
        if (budget.Left < 1) return false;
        budget.Left--;
        return true;
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "events come faster than they can be written, one was dropped")]
    private partial void LogDropped();

    [LoggerMessage(Level = LogLevel.Warning, Message = "event {Reason} about {Name} could not be written: {Failure}")]
    private partial void LogFailure(string reason, string? name, string failure);

    private sealed record Said(ObjectReference About, string Severity, string Reason, string Message, DateTimeOffset At);

    private sealed class Written(string name, int count)
    {
        public string Name => name;

        public int Count { get; set; } = count;
    }

    private sealed class Budget(double left, DateTimeOffset at)
    {
        public double Left { get; set; } = left;

        public DateTimeOffset At { get; set; } = at;
    }
}
