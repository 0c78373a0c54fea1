using System.Diagnostics.Metrics;

namespace Rempart.Node.Witness;

/// <summary>How far this node's copies of the server's audit checkpoints are behind.</summary>
internal static class WitnessMetrics
{
    /// <summary>Name of the meter.</summary>
    public const string Meter = "Rempart.Node.Witness";

    private static readonly Meter _meter = new(Meter);
    private static long _seen;
    private static long _count;

    static WitnessMetrics()
    {
        _meter.CreateObservableGauge("rempart_audit_witness_seconds", () => Read(ref _seen) / 1000d, description: "When this node last saw an audit checkpoint that agrees with the earlier ones, in seconds since 1970; 0 for never.");
        _meter.CreateObservableGauge("rempart_audit_witness_records", () => Read(ref _count), description: "Records of the audit trail that this node's last kept checkpoint vouches for.");
    }

    /// <summary>A checkpoint agrees with the earlier ones.</summary>
    public static void Agreed(long records, DateTimeOffset now)
    {
        Interlocked.Exchange(ref _count, records);
        Interlocked.Exchange(ref _seen, now.ToUnixTimeMilliseconds());
    }

    private static long Read(ref long value) => Interlocked.Read(ref value);
}
