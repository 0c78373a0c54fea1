namespace Rempart.ApiServer.Tests.Audit;

/// <summary>What the disk does wrong, as the test says, and what it was asked.</summary>
internal sealed class DiskFaults
{
    public volatile bool FailAppend;

    public volatile bool FailSync;

    public volatile bool FailOpen;

    /// <summary>How many bytes of a failing append get to the disk nevertheless.</summary>
    public volatile int TornBytes;

    private int _syncs;

    public int Syncs => _syncs;

    public void CountSync() => Interlocked.Increment(ref _syncs);
}
