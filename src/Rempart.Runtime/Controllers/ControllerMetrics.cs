using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Rempart.Runtime.Queues;

namespace Rempart.Runtime.Controllers;

/// <summary>How controllers keep up, under the names that Kubernetes' controllers use.</summary>
public static class ControllerMetrics
{
    /// <summary>Name of the meter.</summary>
    public const string Meter = "Rempart.Runtime";

    private static readonly Meter _meter = new(Meter);
    private static readonly ConcurrentDictionary<WorkQueue, string> Queues = new();
    private static readonly Histogram<double> Work = _meter.CreateHistogram<double>("workqueue_work_duration_seconds", description: "Time to reconcile a key, in seconds.");
    private static readonly Counter<long> Failures = _meter.CreateCounter<long>("rempart_reconcile_failures_total", description: "Reconciliations that failed and are repeated, by what failed: conflict, refused or error.");

    private static readonly ConcurrentDictionary<string, bool> Leases = new(StringComparer.Ordinal);

    static ControllerMetrics()
    {
        _meter.CreateObservableGauge("leader_election_master_status", () => Leases.Select(lease => new Measurement<long>(lease.Value ? 1 : 0, Name(lease.Key))), description: "1 in the process that leads, 0 in those that stand by.");
        _meter.CreateObservableGauge("workqueue_depth", () => Queues.Select(queue => new Measurement<long>(queue.Key.Count, Name(queue.Value))), description: "Keys that wait for a worker.");
        _meter.CreateObservableGauge("workqueue_delayed", () => Queues.Select(queue => new Measurement<long>(queue.Key.Delayed, Name(queue.Value))), description: "Keys that wait for their time: retries and resyncs.");
        _meter.CreateObservableCounter("workqueue_adds_total", () => Queues.Select(queue => new Measurement<long>(queue.Key.Adds, Name(queue.Value))), description: "Keys that were added.");
        _meter.CreateObservableCounter("workqueue_retries_total", () => Queues.Select(queue => new Measurement<long>(queue.Key.Retries, Name(queue.Value))), description: "Keys that were added after a failure.");
    }

    internal static void Led(string lease, bool leads) => Leases[lease] = leads;

    internal static void Follow(string controller, WorkQueue queue) => Queues[queue] = controller;

    internal static void Unfollow(WorkQueue queue) => Queues.TryRemove(queue, out _);

    internal static void Reconciled(string controller, TimeSpan took) => Work.Record(took.TotalSeconds, Name(controller));

    internal static void Failed(string controller, string what) => Failures.Add(1, Name(controller), new("failure", what));

    private static KeyValuePair<string, object?> Name(string controller) => new("name", controller);
}
