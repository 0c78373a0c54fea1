using System.Diagnostics.Metrics;

namespace Rempart.Store;

/// <summary>What a store tells of itself.</summary>
public static class StoreMetrics
{
    /// <summary>Name of its meter in <see cref="System.Diagnostics.Metrics"/>.</summary>
    public const string Meter = "Rempart.Store";

    private static readonly Meter _meter = new(Meter);
    private static readonly Histogram<double> Commits = _meter.CreateHistogram<double>("rempart_store_commit_seconds", description: "Time of a commit with its wait in the queue and its sync of the disk, in seconds.");

    private static readonly Counter<long> Failovers = _meter.CreateCounter<long>("rempart_store_etcd_failovers_total", description: "How often a member of etcd failed and the next was taken; each counts once in 10 s.");
    private static readonly Counter<long> BrokenWatches = _meter.CreateCounter<long>("rempart_store_etcd_broken_watches_total", description: "How often the watch of etcd ended and was begun again.");

    internal static void FailedOver() => Failovers.Add(1);

    internal static void WatchBroken() => BrokenWatches.Add(1);

    internal static void Committed(TimeSpan took, bool succeeded) => Commits.Record(took.TotalSeconds, new KeyValuePair<string, object?>("outcome", succeeded ? "committed" : "refused"));
}
