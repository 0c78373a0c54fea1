using System.Diagnostics.Metrics;
using Rempart.Linux;
using Rempart.Node.Volumes;

namespace Rempart.Node.Metrics;

/// <summary>How much room this host's pools have, read when somebody asks.</summary>
internal sealed class PoolMetrics : IDisposable
{
    private readonly Meter _meter = new(MachineMetrics.Meter);

    public PoolMetrics(PoolFolders pools)
    {
        _meter.CreateObservableGauge("rempart_pool_available_bytes", () => Now(pools, PoolFolder.RoomOf), description: "Bytes that volumes and images may still take from the pool; below 0 when running machines use what is kept for them.");
        _meter.CreateObservableGauge("rempart_pool_size_bytes", () => Now(pools, space => space.Total), description: "Size of the pool's file system in bytes.");
    }

    public void Dispose() => _meter.Dispose();

    private static IEnumerable<Measurement<long>> Now(PoolFolders pools, Func<FileSystemSpace, long> read)
    {
        foreach (var (name, pool) in pools.All)
        {
            long value;
            try
            {
                value = read(pool.Space());
            }
            catch (LinuxException)
            {
                // Whoever uses the pool meets it too, and says so.
                continue;
            }

            yield return new Measurement<long>(value, new KeyValuePair<string, object?>("pool", name));
        }
    }
}
