using System.Collections.Frozen;
using System.Diagnostics.Metrics;
using Rempart.Api;
using Rempart.ApiServer.Http;

namespace Rempart.ApiServer.Metrics;

/// <summary>
/// Rate, errors and duration of requests, under the names that kube-apiserver uses, so that its dashboards work. Labels hold what the
/// server knows (kinds, verbs), never what a client made up.
/// </summary>
internal static class RequestMetrics
{
    private static readonly Meter Meter = new(ApiServerMetrics.Meter);
    private static readonly Counter<long> Requests = Meter.CreateCounter<long>("apiserver_request_total", description: "Requests by verb, resource and HTTP status.");
    private static readonly Histogram<double> Durations = Meter.CreateHistogram<double>("apiserver_request_duration_seconds", description: "Time to answer in seconds, without watches and streams.");
    private static readonly UpDownCounter<long> InFlight = Meter.CreateUpDownCounter<long>("apiserver_current_inflight_requests", description: "Requests under way, without watches and streams.");
    private static readonly UpDownCounter<long> LongRunning = Meter.CreateUpDownCounter<long>("apiserver_longrunning_requests", description: "Watches and streams that are open.");

    private static readonly FrozenSet<string> Resources = ApiKinds.All.Concat(ApiKinds.Further).Select(kind => $"{kind.Plural}/{kind.Group}").ToFrozenSet(StringComparer.Ordinal);
    private static readonly FrozenSet<string> Verbs = new[] { "get", "list", "watch", "create", "update", "patch", "delete", "deletecollection" }.ToFrozenSet(StringComparer.Ordinal);
    private static readonly FrozenSet<string> Streams = new[] { "console", "fetch", "tunnel", "upload" }.ToFrozenSet(StringComparer.Ordinal);
    private static readonly FrozenSet<string> Subresources = new[] { "status", "binding", "proxy", "approval", "start", "stop", "restart", "reset", "pause", "resume" }.Concat(Streams).ToFrozenSet(StringComparer.Ordinal);

    /// <summary>A request has come.</summary>
    public static void Begun(RequestInfo info)
    {
        if (IsLong(info)) LongRunning.Add(1, new("verb", Verb(info)), new("resource", Resource(info)), new("subresource", Subresource(info)));
        else InFlight.Add(1);
    }

    /// <summary>It was answered.</summary>
    public static void Ended(RequestInfo info, int status, TimeSpan took)
    {
        var (verb, resource, subresource) = (Verb(info), Resource(info), Subresource(info));
        Requests.Add(1, new("verb", verb), new("resource", resource), new("subresource", subresource), new("code", status));
        if (IsLong(info))
        {
            LongRunning.Add(-1, new("verb", verb), new("resource", resource), new("subresource", subresource));
            return;
        }
        InFlight.Add(-1);
        Durations.Record(took.TotalSeconds, new("verb", verb), new("resource", resource), new("subresource", subresource));
    }

    private static bool IsLong(RequestInfo info) => info.Verb == "watch" || (info.Subresource is { } name && Streams.Contains(name));

    private static string Verb(RequestInfo info) => Verbs.Contains(info.Verb) ? info.Verb : "other";

    private static string Resource(RequestInfo info) => info.Resource is null ? "" : Resources.Contains($"{info.Resource}/{info.Group}") ? info.Resource : "unknown";

    private static string Subresource(RequestInfo info) => info.Subresource is { } name ? Subresources.Contains(name) ? name : "unknown" : "";
}
