using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace Rempart.Telemetry.Metrics;

/// <summary>
/// Gathers what the instruments of <see cref="System.Diagnostics.Metrics"/> tell and writes it in Prometheus' text format 0.0.4.
/// An instrument's name is the metric's name, so it follows Prometheus' conventions; a histogram without advice has buckets in
/// seconds, 0.5 ms to a minute.
/// </summary>
public sealed class MetricsCollector : IDisposable
{
    private readonly ConcurrentDictionary<string, Family> _families = new(StringComparer.Ordinal);
    private readonly MeterListener _listener = new();
    private readonly Lock _collecting = new();
    private long _dropped;

    /// <summary>Begins to listen.</summary>
    /// <param name="meters">Names of the meters that count.</param>
    public MetricsCollector(params IEnumerable<string> meters)
    {
        var wanted = meters.ToHashSet(StringComparer.Ordinal);
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (wanted.Contains(instrument.Meter.Name)) listener.EnableMeasurementEvents(instrument, _families.GetOrAdd(instrument.Name, _ => new Family(instrument)));
        };
        _listener.SetMeasurementEventCallback<double>((_, value, tags, state) => Take(value, tags, state));
        _listener.SetMeasurementEventCallback<long>((_, value, tags, state) => Take(value, tags, state));
        _listener.SetMeasurementEventCallback<int>((_, value, tags, state) => Take(value, tags, state));
        _listener.Start();
    }

    /// <summary>Asks the observable instruments and returns everything, families and series in the order of their names.</summary>
    public string Text()
    {
        lock (_collecting)
        {
            foreach (var family in _families.Values.Where(family => family.IsObservable)) family.Forget();
            _listener.RecordObservableInstruments();
            var text = new PrometheusText();
            foreach (var family in _families.Values.OrderBy(family => family.Name, StringComparer.Ordinal)) text.Add(family);
            text.AddCounter("rempart_metrics_dropped_total", "Measurements left out because their family has too many series.", Interlocked.Read(ref _dropped));
            return text.ToString();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _listener.Dispose();

    private void Take(double value, ReadOnlySpan<KeyValuePair<string, object?>> tags, object? state)
    {
        if (state is Family family && !family.Take(value, tags)) Interlocked.Increment(ref _dropped);
    }
}
