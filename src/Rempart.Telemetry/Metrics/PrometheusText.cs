using System.Globalization;
using System.Text;

namespace Rempart.Telemetry.Metrics;

/// <summary>Writes Prometheus' text format 0.0.4.</summary>
internal sealed class PrometheusText
{
    private readonly StringBuilder _text = new();

    public void Add(Family family)
    {
        var any = false;
        foreach (var (labels, series) in family.All)
        {
            if (!any) Head(family.Name, family.Help, family.Kind);
            any = true;
            var (value, cumulative, count) = series.Read();
            if (family.Kind == MetricKind.Histogram) Histogram(family, labels, value, cumulative, count);
            else Line(family.Name, labels, value);
        }
    }

    public void AddCounter(string name, string help, double value)
    {
        Head(name, help, MetricKind.Counter);
        Line(name, "", value);
    }

    public override string ToString() => _text.ToString();

    private void Head(string name, string help, MetricKind kind) => _text
        .Append("# HELP ").Append(name).Append(' ').Append(help.Replace("\\", @"\\", StringComparison.Ordinal).Replace("\n", @"\n", StringComparison.Ordinal)).Append('\n')
        .Append("# TYPE ").Append(name).Append(' ').Append(kind switch { MetricKind.Counter => "counter", MetricKind.Gauge => "gauge", _ => "histogram" }).Append('\n');

    private void Histogram(Family family, string labels, double sum, long[] cumulative, long count)
    {
        var and = labels.Length == 0 ? "" : labels + ",";
        for (var i = 0; i < family.Bounds.Count; i++) Line(family.Name + "_bucket", $"{and}le=\"{Number(family.Bounds[i])}\"", cumulative[i]);
        Line(family.Name + "_bucket", and + "le=\"+Inf\"", count);
        Line(family.Name + "_sum", labels, sum);
        Line(family.Name + "_count", labels, count);
    }

    private void Line(string name, string labels, double value)
    {
        _text.Append(name);
        if (labels.Length > 0) _text.Append('{').Append(labels).Append('}');
        _text.Append(' ').Append(Number(value)).Append('\n');
    }

    private static string Number(double value) => value switch
    {
        double.PositiveInfinity => "+Inf",
        double.NegativeInfinity => "-Inf",
        _ => value.ToString("R", CultureInfo.InvariantCulture),
    };
}
