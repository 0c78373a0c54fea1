using System.Diagnostics.Metrics;
using Rempart.Telemetry.Metrics;

namespace Rempart.Telemetry.Tests.Metrics;

public sealed class MetricsCollectorTests : IDisposable
{
    // A meter's name is process-wide: each test has its own.
    private readonly Meter _meter = new("test." + Guid.NewGuid());
    private readonly MetricsCollector _collector;

    public MetricsCollectorTests() => _collector = new MetricsCollector(_meter.Name);

    [Fact]
    public void Counters_add_up_by_their_labels()
    {
        var requests = _meter.CreateCounter<long>("requests_total", description: "Requests.");
        requests.Add(1, new("code", 200), new("verb", "get"));
        requests.Add(2, new("code", 200), new("verb", "get"));
        requests.Add(1, new("code", 404), new("verb", "get"));
        Assert.StartsWith(
            """
            # HELP requests_total Requests.
            # TYPE requests_total counter
            requests_total{code="200",verb="get"} 3
            requests_total{code="404",verb="get"} 1

            """, _collector.Text(), StringComparison.Ordinal);
    }

    [Fact]
    public void Histograms_have_cumulative_buckets_a_sum_and_a_count()
    {
        var seconds = _meter.CreateHistogram("wait_seconds", "s", "Waiting.", null, new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.1, 1] });
        foreach (var value in new[] { 0.05, 0.1, 0.5, 7 }) seconds.Record(value, new KeyValuePair<string, object?>("queue", "q"));
        Assert.Contains(
            """
            # TYPE wait_seconds histogram
            wait_seconds_bucket{queue="q",le="0.1"} 2
            wait_seconds_bucket{queue="q",le="1"} 3
            wait_seconds_bucket{queue="q",le="+Inf"} 4
            wait_seconds_sum{queue="q"} 7.65
            wait_seconds_count{queue="q"} 4

            """, _collector.Text(), StringComparison.Ordinal);
    }

    [Fact]
    public void Gauges_go_up_and_down_and_what_is_not_observed_any_more_is_gone()
    {
        var open = _meter.CreateUpDownCounter<int>("open");
        open.Add(3);
        open.Add(-1);
        var machines = new List<string> { "a", "b" };
        _meter.CreateObservableGauge("machine_memory_bytes", () => machines.Select(name => new Measurement<long>(7, new KeyValuePair<string, object?>("name", name))));
        var before = _collector.Text();
        Assert.Contains("\nopen 2\n", "\n" + before, StringComparison.Ordinal);
        Assert.Contains("machine_memory_bytes{name=\"b\"} 7\n", before, StringComparison.Ordinal);
        machines.Remove("b");
        Assert.DoesNotContain("name=\"b\"", _collector.Text(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_label_can_not_forge_lines()
    {
        var requests = _meter.CreateCounter<long>("requests_total");
        requests.Add(1, new KeyValuePair<string, object?>("path", "a\"} 99\nforged_total{x=\"\\"));
        Assert.Contains("""requests_total{path="a\"} 99\nforged_total{x=\"\\"} 1""" + "\n", _collector.Text(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_label_too_long_is_left_out_whole()
    {
        var requests = _meter.CreateCounter<long>("requests_total");
        requests.Add(1, new("path", new string('x', 600)), new("verb", "get"));
        Assert.Contains("requests_total{verb=\"get\"} 1\n", _collector.Text(), StringComparison.Ordinal);
    }

    [Fact]
    public void Series_are_bounded_and_what_is_left_out_is_counted()
    {
        var requests = _meter.CreateCounter<long>("requests_total");
        for (var i = 0; i < Family.MaxSeries + 10; i++) requests.Add(1, new KeyValuePair<string, object?>("i", i));
        var text = _collector.Text();
        Assert.Equal(Family.MaxSeries, text.Split('\n').Count(line => line.StartsWith("requests_total{", StringComparison.Ordinal)));
        Assert.Contains("rempart_metrics_dropped_total 10\n", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Many_threads_lose_nothing()
    {
        var requests = _meter.CreateCounter<long>("requests_total");
        Parallel.For(0, 100_000, i => requests.Add(1, new KeyValuePair<string, object?>("i", i % 7)));
        var sum = _collector.Text().Split('\n').Where(line => line.StartsWith("requests_total{", StringComparison.Ordinal)).Sum(line => long.Parse(line.Split(' ')[1], System.Globalization.CultureInfo.InvariantCulture));
        Assert.Equal(100_000, sum);
    }

    [Fact]
    public void The_process_tells_of_itself()
    {
        ProcessMetrics.Start("tests", "1.2.3");
        using var collector = new MetricsCollector(ProcessMetrics.Meter);
        var text = collector.Text();
        Assert.Contains("rempart_build_info{program=\"tests\",version=\"1.2.3\"} 1\n", text, StringComparison.Ordinal);
        var memory = text.Split('\n').Single(line => line.StartsWith("process_resident_memory_bytes ", StringComparison.Ordinal));
        Assert.InRange(double.Parse(memory.Split(' ')[1], System.Globalization.CultureInfo.InvariantCulture), 1e6, 1e11);
    }

    public void Dispose()
    {
        _collector.Dispose();
        _meter.Dispose();
    }
}
