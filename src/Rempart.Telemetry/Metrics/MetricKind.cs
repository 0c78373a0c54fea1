namespace Rempart.Telemetry.Metrics;

/// <summary>Types of the text format.</summary>
internal enum MetricKind
{
    Counter,
    Gauge,
    Histogram,
}
