using System.Diagnostics.Metrics;

namespace Rempart.ApiServer.Metrics;

/// <summary>Whom the limits of clients turn away. Clients are not named here: there may be as many as attackers like; the audit trail has them.</summary>
internal static class FlowMetrics
{
    private static readonly Meter Meter = new(ApiServerMetrics.Meter);
    private static readonly Counter<long> Rejected = Meter.CreateCounter<long>("apiserver_rejected_requests_total", description: "Requests refused with 429, by level of clients and reason.");

    /// <param name="level">Name of the level.</param>
    /// <param name="reason"><c>streams</c>, <c>rate</c>, <c>change-rate</c>, <c>queue-full</c> or <c>time-out</c>.</param>
    public static void Refused(string level, string reason) => Rejected.Add(1, new("level", level), new("reason", reason));
}
