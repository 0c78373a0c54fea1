using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace Rempart.Telemetry.Metrics;

/// <summary>All series of one name.</summary>
internal sealed class Family
{
    /// <summary>Labels come from requests and objects: their number is bounded, and what is beyond is counted, not kept.</summary>
    public const int MaxSeries = 5_000;

    private static readonly double[] Seconds = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

    private readonly ConcurrentDictionary<string, Series> _series = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, Series>.AlternateLookup<ReadOnlySpan<char>> _byText;
    private readonly double[]? _bounds;
    private readonly bool _adds;
    private int _count;

    public Family(Instrument instrument)
    {
        (Name, Help, IsObservable) = (instrument.Name, instrument.Description ?? "", instrument.IsObservable);
        var type = instrument.GetType().GetGenericTypeDefinition();
        Kind = type == typeof(Counter<>) || type == typeof(ObservableCounter<>) ? MetricKind.Counter : type == typeof(Histogram<>) ? MetricKind.Histogram : MetricKind.Gauge;
        _adds = type == typeof(Counter<>) || type == typeof(UpDownCounter<>);
        _bounds = Kind == MetricKind.Histogram ? (instrument as Instrument<double>)?.Advice?.HistogramBucketBoundaries is { Count: > 0 } advised ? [.. advised] : Seconds : null;
        _byText = _series.GetAlternateLookup<ReadOnlySpan<char>>();
    }

    public string Name { get; }

    public string Help { get; }

    public MetricKind Kind { get; }

    public bool IsObservable { get; }

    public IReadOnlyList<double> Bounds => _bounds ?? [];

    /// <summary>In the order of their labels.</summary>
    public IEnumerable<(string Labels, Series Series)> All => _series.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => (pair.Key, pair.Value));

    /// <summary>Before observable instruments are asked: what isn't told again is gone.</summary>
    public void Forget()
    {
        _series.Clear();
        _count = 0;
    }

    /// <summary>False when there are too many series for one more.</summary>
    public bool Take(double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        Span<char> buffer = stackalloc char[LabelText.MaxChars];
        var labels = buffer[..LabelText.Render(tags, buffer)];
        if (!_byText.TryGetValue(labels, out var series))
        {
            if (Interlocked.Increment(ref _count) > MaxSeries)
            {
                Interlocked.Decrement(ref _count);
                return false;
            }
            series = _series.GetOrAdd(labels.ToString(), _ => new Series(_bounds));
        }
        if (_bounds is not null) series.Observe(value);
        else if (_adds) series.Add(value);
        else series.Set(value);
        return true;
    }
}
