using System.Diagnostics.Metrics;

namespace Rempart.Telemetry.Traces;

/// <summary>What became of spans.</summary>
public static class TraceMetrics
{
    /// <summary>Name of the meter.</summary>
    public const string Meter = "Rempart.Telemetry";

    private static readonly Meter _meter = new(Meter);
    private static readonly Counter<long> Sent = _meter.CreateCounter<long>("rempart_trace_spans_exported_total", description: "Spans that a collector has taken.");
    private static readonly Counter<long> Lost = _meter.CreateCounter<long>("rempart_trace_spans_dropped_total", description: "Spans that were dropped, by why: the queue was full, or the collector did not take them.");

    internal static void Exported(int spans) => Sent.Add(spans);

    internal static void Dropped(int spans, string reason) => Lost.Add(spans, new KeyValuePair<string, object?>("reason", reason));
}
