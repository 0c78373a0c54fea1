using System.Diagnostics.Metrics;
using Rempart.Api.Meta;

namespace Rempart.ApiServer.Metrics;

/// <summary>What the server holds of each kind to answer from, and whom it stopped telling of changes.</summary>
internal static class WatchMetrics
{
    private static readonly Meter Meter = new(ApiServerMetrics.Meter);
    private static readonly UpDownCounter<long> Objects = Meter.CreateUpDownCounter<long>("apiserver_storage_objects", description: "Objects stored, by resource.");
    private static readonly UpDownCounter<long> Bytes = Meter.CreateUpDownCounter<long>("rempart_cache_bytes", description: "Bytes of documents held in memory, by resource.");
    private static readonly Counter<long> Terminated = Meter.CreateCounter<long>("apiserver_terminated_watchers_total", description: "Watches cut off because their readers fell behind, by resource.");

    /// <param name="kind">The kind.</param>
    /// <param name="objects">Objects more or fewer.</param>
    /// <param name="bytes">Bytes more or fewer.</param>
    public static void Held(KindInfo kind, int objects, int bytes)
    {
        if (objects != 0) Objects.Add(objects, new KeyValuePair<string, object?>("resource", kind.GroupResource));
        Bytes.Add(bytes, new KeyValuePair<string, object?>("resource", kind.GroupResource));
    }

    public static void CutOff(KindInfo kind) => Terminated.Add(1, new KeyValuePair<string, object?>("resource", kind.GroupResource));
}
