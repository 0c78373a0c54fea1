using System.Diagnostics.Metrics;

namespace Rempart.ApiServer.Metrics;

/// <summary>What the audit trail costs, and how far its witnesses are behind.</summary>
internal static class AuditMetrics
{
    private static readonly Meter Meter = new(ApiServerMetrics.Meter);
    private static readonly Histogram<double> Groups = Meter.CreateHistogram<double>("rempart_audit_append_seconds", description: "Time to make a group of records durable, in seconds.");
    private static readonly Counter<long> Records = Meter.CreateCounter<long>("rempart_audit_records_total", description: "Records made durable.");
    private static readonly Counter<long> Failures = Meter.CreateCounter<long>("rempart_audit_failures_total", description: "Groups of records that could not be written; their requests were refused.");
    private static readonly UpDownCounter<long> Unvouched = Meter.CreateUpDownCounter<long>("rempart_audit_unvouched_records", description: "Durable records that no checkpoint vouches for yet.");

    public static void Appended(int records, TimeSpan took)
    {
        Groups.Record(took.TotalSeconds);
        Records.Add(records);
        Unvouched.Add(records);
    }

    public static void Failed() => Failures.Add(1);

    public static void Vouched(long records) => Unvouched.Add(-records);
}
