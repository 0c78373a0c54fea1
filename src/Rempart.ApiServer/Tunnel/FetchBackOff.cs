namespace Rempart.ApiServer.Tunnel;

/// <summary>When a fetch that failed is tried again. Pure.</summary>
internal static class FetchBackOff
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan SoonAtMost = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan Late = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan LateAtMost = TimeSpan.FromHours(24);

    /// <summary>Doubles with each failure. What time may heal is tried soon; what somebody must put right first, rarely: each try may be a whole file.</summary>
    /// <param name="reason">How it failed.</param>
    /// <param name="failures">How often so far, this one included.</param>
    public static TimeSpan Delay(string reason, int failures)
    {
        var (first, most) = reason is "Unreachable" or "NoSpace" or "Busy" or "Failed" ? (Soon, SoonAtMost) : (Late, LateAtMost);
        var delay = first * Math.Pow(2, Math.Clamp(failures - 1, 0, 20));
        return delay < most ? delay : most;
    }
}
