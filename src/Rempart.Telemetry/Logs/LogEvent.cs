using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Rempart.Api.Tracing;

namespace Rempart.Telemetry.Logs;

/// <summary>What both forms of a line are made of, cut to bounds.</summary>
internal sealed record LogEvent
{
    private const int MaxMessage = 4096;
    private const int MaxError = 16_384;
    private const int MaxFields = 32;

    /// <summary>Name under which messages and scopes tell it.</summary>
    private const string AuditId = "AuditId";

    private static readonly string[] Levels = ["debug", "debug", "info", "warning", "error", "critical"];

    public required string Time { get; init; }

    public required string Level { get; init; }

    public required string Source { get; init; }

    public required string? Name { get; init; }

    public required string Message { get; init; }

    /// <summary>Names as in the message's text, but for the audit id.</summary>
    public required IReadOnlyList<KeyValuePair<string, object?>> Fields { get; init; }

    /// <summary>Id of the request in the audit trail.</summary>
    public string? Audit { get; init; }

    public string? Trace { get; init; }

    public string? Span { get; init; }

    public string? Error { get; init; }

    public static LogEvent Of<TState>(in LogEntry<TState> entry, IExternalScopeProvider? scopes, TimeProvider time)
    {
        var fields = entry.State as IReadOnlyList<KeyValuePair<string, object?>> ?? [];
        var audit = Find(fields);
        var inScope = new Found();
        if (audit is null) scopes?.ForEachScope((scope, found) => found.Id ??= Find(scope), inScope);
        var span = Spans.Current;
        return new LogEvent
        {
            Time = time.GetUtcNow().UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", System.Globalization.CultureInfo.InvariantCulture),
            Level = Levels[Math.Clamp((int)entry.LogLevel, 0, Levels.Length - 1)],
            Source = entry.Category,
            Name = entry.EventId.Name,
            Message = Cut(entry.Formatter(entry.State, null), MaxMessage),
            Fields = [.. fields.Where(field => field.Key is not ("{OriginalFormat}" or AuditId)).Take(MaxFields)],
            Audit = audit ?? inScope.Id,
            Trace = span?.TraceId.ToHexString(),
            Span = span?.SpanId.ToHexString(),
            Error = entry.Exception is { } exception ? Cut(exception.ToString(), MaxError) : null,
        };
    }

    public static string Cut(string text, int most = MaxMessage) => text.Length <= most ? text : text[..most] + "…";

    private static string? Find(object? state) => state is IEnumerable<KeyValuePair<string, object?>> fields
        ? fields.FirstOrDefault(field => field.Key == AuditId).Value as string : null;

    private sealed class Found
    {
        public string? Id { get; set; }
    }
}
