using System.Diagnostics.Metrics;

namespace Rempart.ApiServer.Metrics;

/// <summary>How writes get on with the quotas of their projects.</summary>
internal static class QuotaMetrics
{
    private static readonly Meter Meter = new(ApiServerMetrics.Meter);
    private static readonly Counter<long> Refusals = Meter.CreateCounter<long>("rempart_quota_refusals_total", description: "Writes that a quota did not allow.");
    private static readonly Counter<long> Conflicts = Meter.CreateCounter<long>("rempart_quota_conflicts_total", description: "Commits that were repeated because another server had written the quota, or the namespace, in between.");
    private static readonly Counter<long> Repairs = Meter.CreateCounter<long>("rempart_quota_repairs_total", description: "Quotas whose used amounts were found to be wrong and set right; stays 0.");

    public static void Refused() => Refusals.Add(1);

    public static void Conflicted() => Conflicts.Add(1);

    public static void Repaired() => Repairs.Add(1);
}
