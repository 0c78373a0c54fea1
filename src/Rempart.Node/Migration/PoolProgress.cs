using Rempart.Api.Compute;

namespace Rempart.Node.Migration;

/// <summary>How far the copying of disks is, told once a second.</summary>
internal sealed class PoolProgress(TimeProvider time)
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    private readonly long _began = time.GetTimestamp();
    private long? _told;
    private long? _looked;

    /// <summary>True once an interval.</summary>
    public bool IsDue => IsOver(ref _told);

    /// <summary>Likewise.</summary>
    public bool LooksAtRoom => IsOver(ref _looked);

    public MigrationProgress Of(long total, long done)
    {
        var seconds = time.GetElapsedTime(_began).TotalSeconds;
        var rate = seconds > 0.1 ? (long)(done / seconds) : 0;
        var left = Math.Max(0, total - done);
        return new()
        {
            BytesPerSecond = rate,
            EstimatedSecondsLeft = rate > 0 ? Math.Min(left / rate, int.MaxValue) : null,
            Disks = new() { TotalBytes = total, TransferredBytes = done, RemainingBytes = left },
        };
    }

    private bool IsOver(ref long? since)
    {
        if (since is { } last && time.GetElapsedTime(last) < Interval) return false;
        since = time.GetTimestamp();
        return true;
    }
}
