using System.Globalization;

namespace Rempart.Bench.Report;

/// <summary>Measurements of one thing, in one unit.</summary>
internal sealed class Samples
{
    private readonly List<double> _values = [];

    internal static IReadOnlyList<string> Columns { get; } = ["median", "fastest", "slowest"];

    internal int Count => _values.Count;

    internal double Median => Quantile(0.5);

    internal double Least => _values.Min();

    internal double Most => _values.Max();

    internal void Add(double value) => _values.Add(value);

    internal void Add(TimeSpan value) => _values.Add(value.TotalMilliseconds);

    /// <summary>Cells for <see cref="Columns"/>.</summary>
    internal IEnumerable<string> Cells() => _values.Count == 0 ? ["-", "-", "-"] : [Text(Median), Text(_values.Min()), Text(_values.Max())];

    internal static string Text(double value) => value.ToString(Math.Abs(value) < 100 ? "0.0" : "0", CultureInfo.InvariantCulture);

    /// <summary>With two digits, for what is small.</summary>
    internal static string Fine(double value) => value.ToString("0.00", CultureInfo.InvariantCulture);

    /// <summary>The value below which so large a part is, 0 to 1.</summary>
    internal double Quantile(double part)
    {
        if (_values.Count == 0) return double.NaN;
        var sorted = _values.Order().ToList();
        var at = part * (sorted.Count - 1);
        var low = (int)Math.Floor(at);
        var high = Math.Min(low + 1, sorted.Count - 1);
        return sorted[low] + ((sorted[high] - sorted[low]) * (at - low));
    }
}
