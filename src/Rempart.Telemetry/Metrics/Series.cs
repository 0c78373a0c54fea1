namespace Rempart.Telemetry.Metrics;

/// <summary>One labeled number, or the buckets of one labeled histogram. Safe from any thread.</summary>
internal sealed class Series(double[]? bounds)
{
    private readonly Lock _lock = new();
    private readonly long[]? _buckets = bounds is null ? null : new long[bounds.Length + 1];
    private double _value;
    private long _count;

    public void Add(double value)
    {
        lock (_lock) _value += value;
    }

    public void Set(double value)
    {
        lock (_lock) _value = value;
    }

    public void Observe(double value)
    {
        var bucket = Array.BinarySearch(bounds!, value);
        lock (_lock)
        {
            _buckets![bucket >= 0 ? bucket : ~bucket]++;
            _value += value;
            _count++;
        }
    }

    /// <summary>The number or the sum, and of a histogram its cumulative buckets and count.</summary>
    public (double Value, long[] Cumulative, long Count) Read()
    {
        lock (_lock)
        {
            var cumulative = _buckets is null ? [] : (long[])_buckets.Clone();
            for (var i = 1; i < cumulative.Length; i++) cumulative[i] += cumulative[i - 1];
            return (_value, cumulative, _count);
        }
    }
}
