using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Rempart.Telemetry.Metrics;

/// <summary>What every Prometheus client tells of its process, from Linux' <c>/proc/self</c>, and of .NET's garbage collector.</summary>
public static class ProcessMetrics
{
    /// <summary>Name of the meter.</summary>
    public const string Meter = "Rempart.Process";

    private static readonly Meter _meter = Create();

    /// <summary>Begins to tell.</summary>
    /// <param name="program">Name of the program.</param>
    /// <param name="version">Its version.</param>
    public static void Start(string program, string version) =>
        _meter.CreateObservableGauge("rempart_build_info", () => new Measurement<long>(1, new("program", program), new("version", version)), description: "Which program and version this is; always 1.");

    private static Meter Create()
    {
        var meter = new Meter(Meter);
        meter.CreateObservableCounter("process_cpu_seconds_total", () => Now(process => process.TotalProcessorTime.TotalSeconds), description: "Processor time of the process in seconds.");
        meter.CreateObservableGauge("process_resident_memory_bytes", () => Now(process => process.WorkingSet64), description: "Memory of the process that is in RAM, in bytes.");
        meter.CreateObservableGauge("process_threads", () => Now(process => process.Threads.Count), description: "Threads of the process.");
        meter.CreateObservableGauge("process_open_fds", () => (long)Directory.GetFiles("/proc/self/fd").Length, description: "Open file descriptors.");
        meter.CreateObservableGauge("process_start_time_seconds", () => Now(process => new DateTimeOffset(process.StartTime).ToUnixTimeMilliseconds() / 1000d), description: "When the process began, in seconds since 1970.");
        meter.CreateObservableGauge("dotnet_gc_heap_bytes", () => GC.GetTotalMemory(forceFullCollection: false), description: "Size of the managed heap in bytes.");
        meter.CreateObservableCounter("dotnet_gc_collections_total", Collections, description: "Garbage collections.");
        meter.CreateObservableGauge("dotnet_thread_pool_queue_length", () => ThreadPool.PendingWorkItemCount, description: "Work items that wait for a thread.");
        return meter;
    }

    private static IEnumerable<Measurement<long>> Collections() =>
        Enumerable.Range(0, GC.MaxGeneration + 1).Select(generation => new Measurement<long>(GC.CollectionCount(generation), new KeyValuePair<string, object?>("generation", generation)));

    private static T Now<T>(Func<Process, T> read)
    {
        using var process = Process.GetCurrentProcess();
        return read(process);
    }
}
