using System.Diagnostics;
using Rempart.Api.Tracing;

namespace Rempart.Telemetry.Traces;

/// <summary>An ended span as it goes to the collector; nothing of the activity is kept.</summary>
internal sealed record SpanRecord
{
    private const int MaxAttributes = 24;
    private const int MaxLinks = 32;
    private const int MaxText = 256;

    public required string Scope { get; init; }

    public required ActivityTraceId Trace { get; init; }

    public required ActivitySpanId Span { get; init; }

    /// <summary>Default for the first of a trace.</summary>
    public required ActivitySpanId Parent { get; init; }

    public required string Name { get; init; }

    public required ActivityKind Kind { get; init; }

    /// <summary>Nanoseconds since 1970.</summary>
    public required long Start { get; init; }

    public required long End { get; init; }

    public required IReadOnlyList<KeyValuePair<string, object>> Attributes { get; init; }

    public required IReadOnlyList<ActivityContext> Links { get; init; }

    /// <summary>Null when it did not fail.</summary>
    public string? Failure { get; init; }

    public static SpanRecord Of(Activity activity) => new()
    {
        Scope = activity.Source.Name,
        Trace = activity.TraceId,
        Span = IdOf(activity),
        Parent = activity.GetCustomProperty(Spans.FirstAs) is not null ? default : activity.Parent is { } parent ? IdOf(parent) : activity.ParentSpanId,
        Name = Cut(activity.DisplayName),
        Kind = activity.Kind,
        Start = Nanoseconds(activity.StartTimeUtc),
        End = Nanoseconds(activity.StartTimeUtc + activity.Duration),
        Attributes = [.. activity.TagObjects.Where(tag => tag.Value is not null).Take(MaxAttributes).Select(tag => KeyValuePair.Create(tag.Key, tag.Value is string text ? Cut(text) : tag.Value!))],
        Links = [.. activity.Links.Take(MaxLinks).Select(link => link.Context)],
        Failure = activity.Status == ActivityStatusCode.Error ? Cut(activity.StatusDescription ?? "") : null,
    };

    private static ActivitySpanId IdOf(Activity activity) => activity.GetCustomProperty(Spans.FirstAs) is ActivitySpanId known ? known : activity.SpanId;

    private static long Nanoseconds(DateTime time) => (time - DateTime.UnixEpoch).Ticks * 100;

    private static string Cut(string text) => text.Length <= MaxText ? text : text[..MaxText];
}
