using System.Diagnostics.Metrics;

namespace Rempart.ApiServer.Metrics;

/// <summary>Whom the limits of clients turn away. Clients are not named here: there may be as many as attackers like; the audit trail has them.</summary>
internal static class FlowMetrics
{
    private static readonly Meter Meter = new(ApiServerMetrics.Meter);
    private static readonly Counter<long> Rejected = Meter.CreateCounter<long>("apiserver_rejected_requests_total", description: "Requests refused with 429, by level of clients and reason.");

    // The names of Kubernetes' priority and fairness, so that its dashboards show them.
    private static readonly UpDownCounter<long> Executing = Meter.CreateUpDownCounter<long>("apiserver_flowcontrol_current_executing_requests", description: "Requests that have a seat, by level of clients.");
    private static readonly UpDownCounter<long> InQueue = Meter.CreateUpDownCounter<long>("apiserver_flowcontrol_current_inqueue_requests", description: "Requests that wait for a seat, by level of clients.");
    private static readonly UpDownCounter<long> OpenStreams = Meter.CreateUpDownCounter<long>("rempart_flow_streams", description: "Watches, consoles, uploads and tunnels that are open, by level of clients.");
    private static readonly Counter<long> Dispatched = Meter.CreateCounter<long>("apiserver_flowcontrol_dispatched_requests_total", description: "Requests that got a seat, by level of clients.");

    public static void Seated(string level)
    {
        var name = new KeyValuePair<string, object?>("priority_level", level);
        Executing.Add(1, name);
        Dispatched.Add(1, name);
    }

    public static void Left(string level) => Executing.Add(-1, new KeyValuePair<string, object?>("priority_level", level));

    public static void Queued(string level, int more) => InQueue.Add(more, new KeyValuePair<string, object?>("priority_level", level));

    public static void Streaming(string level, int more) => OpenStreams.Add(more, new KeyValuePair<string, object?>("priority_level", level));

    /// <param name="level">Name of the level.</param>
    /// <param name="reason"><c>streams</c>, <c>rate</c>, <c>change-rate</c>, <c>queue-full</c> or <c>time-out</c>.</param>
    public static void Refused(string level, string reason) => Rejected.Add(1, new("level", level), new("reason", reason));
}
