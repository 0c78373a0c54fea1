using System.Diagnostics.Metrics;
using Microsoft.Extensions.Logging;

namespace Rempart.Server.Run;

/// <summary>
/// Watches the room on the disks that writes depend on: tells it as metrics, and says in the log when it gets short, before the first
/// write is refused.
/// </summary>
internal sealed partial class DiskRoom : IDisposable
{
    /// <summary>Name of the meter.</summary>
    public const string Meter = "Rempart.Server";

    /// <summary>Below a twentieth of the disk and below 1 GiB, as nodes reckon for their pools.</summary>
    private const long LargestReserve = 1L << 30;
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);

    private readonly Meter _meter = new(Meter);
    private readonly (string Of, string Folder)[] _disks;
    private readonly HashSet<string> _short = new(StringComparer.Ordinal);
    private readonly TimeProvider _time;
    private readonly ILogger _logger;

    /// <summary>Begins to tell.</summary>
    /// <param name="data">The server's data folder.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logger">Told when room gets short, and when there is some again.</param>
    public DiskRoom(string data, TimeProvider time, ILogger logger)
    {
        (_time, _logger) = (time, logger);
        _disks = [("store", Path.Combine(data, "store")), ("audit", Path.Combine(data, "audit"))];
        _meter.CreateObservableGauge("rempart_disk_available_bytes", () => Each(disk => disk.AvailableFreeSpace), description: "Room on the disk that holds the store, or the audit trail, in bytes. Without it writes are refused with 507.");
        _meter.CreateObservableGauge("rempart_disk_size_bytes", () => Each(disk => disk.TotalSize), description: "Size of that disk in bytes.");
    }

    /// <summary>Looks until cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            foreach (var (of, folder) in _disks) Look(of, folder);
            await Task.Delay(Interval, _time, cancellationToken);
        }
    }

    public void Dispose() => _meter.Dispose();

    private void Look(string of, string folder)
    {
        try
        {
            var disk = new DriveInfo(folder);
            var isShort = disk.AvailableFreeSpace < Math.Min(LargestReserve, disk.TotalSize / 20);
            if (isShort && _short.Add(of)) LogShort(of, disk.AvailableFreeSpace, disk.TotalSize);
            if (!isShort && _short.Remove(of)) LogEnough(of);
        }
        catch (Exception unknown) when (unknown is IOException or UnauthorizedAccessException)
        {
            // Whoever writes there meets it too, and says so.
        }
    }

    private IEnumerable<Measurement<long>> Each(Func<DriveInfo, long> read)
    {
        foreach (var (of, folder) in _disks)
        {
            long value;
            try
            {
                value = read(new DriveInfo(folder));
            }
            catch (Exception unknown) when (unknown is IOException or UnauthorizedAccessException)
            {
                continue;
            }

            yield return new Measurement<long>(value, new KeyValuePair<string, object?>("of", of));
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "the disk of the {Of} has {Available} bytes left of {Size}: make room before writes are refused")]
    private partial void LogShort(string of, long available, long size);

    [LoggerMessage(Level = LogLevel.Information, Message = "the disk of the {Of} has room again")]
    private partial void LogEnough(string of);
}
