using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Rempart.Runtime.Controllers;

namespace Rempart.Runtime.Informers;

/// <summary>How caches keep up, by resource; under the meter of controllers.</summary>
internal static class InformerMetrics
{
    private static readonly Meter Meter = new(ControllerMetrics.Meter);
    private static readonly ConcurrentDictionary<object, (string Resource, Func<int> Count)> Caches = new();
    private static readonly Counter<long> Lists = Meter.CreateCounter<long>("rempart_informer_lists_total", description: "Lists that caches were filled by, the first and those after a watch that could not go on.");
    private static readonly Counter<long> Events = Meter.CreateCounter<long>("rempart_informer_events_total", description: "Changes that caches were told of by watches.");
    private static readonly Counter<long> Failures = Meter.CreateCounter<long>("rempart_informer_failures_total", description: "Lists and watches that failed and are repeated, by the code of their Status.");

    static InformerMetrics() => Meter.CreateObservableGauge("rempart_informer_objects", () => Caches.Values.Select(cache => new Measurement<long>(cache.Count(), Resource(cache.Resource))), description: "Objects that caches hold.");

    public static void Follow(object informer, string resource, Func<int> count) => Caches[informer] = (resource, count);

    public static void Unfollow(object informer) => Caches.TryRemove(informer, out _);

    public static void Listed(string resource) => Lists.Add(1, Resource(resource));

    public static void Changed(string resource) => Events.Add(1, Resource(resource));

    public static void Failed(string resource, int code) => Failures.Add(1, Resource(resource), new("code", code));

    private static KeyValuePair<string, object?> Resource(string resource) => new("resource", resource);
}
