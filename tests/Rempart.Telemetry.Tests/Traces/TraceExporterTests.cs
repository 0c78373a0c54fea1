using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging.Abstractions;
using Rempart.Api.Tracing;
using Rempart.Telemetry.Metrics;
using Rempart.Telemetry.Traces;
using Rempart.Testing.Traces;

namespace Rempart.Telemetry.Tests.Traces;

/// <summary>Listeners are the process's: these stories share one source, and none runs beside another.</summary>
[Collection(Name)]
public sealed class TraceExporterTests : IDisposable
{
    /// <summary>The collection of whatever listens to sources of ours.</summary>
    public const string Name = "activity listeners";

    private static readonly ActivitySource Source = new(Spans.Prefix + "Test");
    private static readonly ActivityContext Elsewhere = new(ActivityTraceId.CreateFromString("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"), ActivitySpanId.CreateFromString("bbbbbbbbbbbbbbbb"), ActivityTraceFlags.Recorded, isRemote: true);

    private readonly MetricsCollector _metrics = new(TraceMetrics.Meter);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => _metrics.Dispose();

    [Fact]
    public async Task Spans_arrive_with_their_parents_links_attributes_and_failures()
    {
        await using var collector = await TraceCollector.StartAsync(Stop);
        await using (Start(collector.Endpoint, 1))
        {
            using var first = Source.Follow("first", Elsewhere, [new ActivityLink(new ActivityContext(ActivityTraceId.CreateFromString("cccccccccccccccccccccccccccccccc"), Elsewhere.SpanId, default))]);
            first!.SetTag("word", "some").SetTag("count", 3).SetTag("yes", true);
            using (var second = Source.Step("second")) second.Fail(new IOException("a path that holds a secret"));
        }
        Assert.Null(collector.Problem);
        var (one, two) = (collector.Spans.Single(span => span.Name == "first"), collector.Spans.Single(span => span.Name == "second"));
        Assert.Equal(("test", Elsewhere.TraceId.ToHexString(), "bbbbbbbbbbbbbbbb"), (one.Service, one.Trace, one.Parent));
        Assert.Equal((one.Trace, one.Id, true), (two.Trace, two.Parent, two.Failed));
        Assert.Equal(["cccccccccccccccccccccccccccccccc"], one.Links);
        Assert.Equal(("some", "3", "true"), (one.Attributes["word"], one.Attributes["count"], one.Attributes["yes"]));
        Assert.True(one.Start <= two.Start && two.End <= one.End);
        Assert.DoesNotContain(collector.Bodies, body => body.Contains("secret", StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_first_span_of_a_trace_is_sent_by_the_id_that_is_known_everywhere_and_so_are_its_steps()
    {
        await using var collector = await TraceCollector.StartAsync(Stop);
        var known = MachineTrace.Of("0191d5c2-7b1e-4c3f-9a55-00c0ffee0001");
        await using (Start(collector.Endpoint, 1))
        {
            using var root = Source.StartActivity("root", ActivityKind.Server, new ActivityContext(known.TraceId, default, ActivityTraceFlags.Recorded));
            root!.SetCustomProperty(Spans.FirstAs, known.SpanId);
            Source.Step("step")!.Dispose();
            using var elsewhere = Source.Follow("elsewhere", known);
        }
        var root2 = collector.Spans.Single(span => span.Name == "root");
        Assert.Equal(("0191d5c27b1e4c3f9a5500c0ffee0001", "9a5500c0ffee0001", ""), (root2.Trace, root2.Id, root2.Parent));
        Assert.All(collector.Spans.Where(span => span.Name != "root"), span => Assert.Equal((root2.Trace, root2.Id), (span.Trace, span.Parent)));
    }

    [Fact]
    public async Task A_flag_that_somebody_sent_forces_nothing()
    {
        await using var collector = await TraceCollector.StartAsync(Stop);
        await using (Start(collector.Endpoint, 0)) Assert.Null(Source.Follow("forced", Elsewhere));
        Assert.Empty(collector.Spans);
        Assert.True(new TraceSampler(1).Takes(Elsewhere.TraceId));
        var taken = Enumerable.Range(0, 20_000).Count(_ => new TraceSampler(0.25).Takes(ActivityTraceId.CreateRandom()));
        Assert.InRange(taken, 4_500, 5_500);
    }

    [Fact]
    public async Task Without_a_collector_nothing_is_traced_and_nothing_is_allocated()
    {
        Assert.Null(TraceExporter.Start(null, "test", "1", "here", TimeProvider.System, NullLogger.Instance));
        Assert.False(Source.HasListeners());
        Cycle();
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1_000; i++) Cycle();
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
        await Task.CompletedTask;

        static void Cycle()
        {
            using var followed = Source.Follow("x", Elsewhere);
            using var step = Source.Step("y");
        }
    }

    [Fact]
    public async Task A_dead_collector_holds_nothing_up_and_what_is_lost_is_counted()
    {
        using var socket = new TcpListener(IPAddress.Loopback, 0);
        // Listens and never answers.
        socket.Start();
        var exporter = Start(new Uri($"http://127.0.0.1:{((IPEndPoint)socket.LocalEndpoint).Port}"), 1);
        for (var i = 0; i < 6_000; i++) Source.Follow("lost", Elsewhere)!.Dispose();
        Assert.InRange(Value("rempart_trace_spans_dropped_total{reason=\"queue\"}"), 1_000, 6_000);
        await exporter.DisposeAsync();
        Assert.InRange(Value("rempart_trace_spans_dropped_total{reason=\"queue\"}") + Value("rempart_trace_spans_dropped_total{reason=\"collector\"}"), 1_001, 6_000);
    }

    [Fact]
    public async Task A_collector_that_is_busy_is_asked_again()
    {
        await using var collector = await TraceCollector.StartAsync(Stop);
        collector.Answer = 503;
        await using var exporter = Start(collector.Endpoint, 1);
        Source.Follow("late", Elsewhere)!.Dispose();
        await Task.Delay(1000, Stop);
        collector.Answer = 200;
        for (var i = 0; i < 200 && collector.Spans.Count == 0; i++) await Task.Delay(100, Stop);
        Assert.Equal("late", Assert.Single(collector.Spans).Name);
    }

    private static TraceExporter Start(Uri collector, double ratio) => TraceExporter.Start(new TraceSettings(collector, ratio), "test", "1", "here", TimeProvider.System, NullLogger.Instance)!;

    private double Value(string series) => _metrics.Text().Split('\n').Where(line => line.StartsWith(series + " ", StringComparison.Ordinal))
        .Select(line => double.Parse(line[(series.Length + 1)..], System.Globalization.CultureInfo.InvariantCulture)).SingleOrDefault();
}
