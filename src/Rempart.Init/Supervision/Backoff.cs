namespace Rempart.Init.Supervision;

/// <summary>The pause before a service is started again: doubled from 0.5 s up to 30 s, forgotten after it ran for a minute.</summary>
internal static class Backoff
{
    internal static readonly TimeSpan First = TimeSpan.FromMilliseconds(500);
    internal static readonly TimeSpan Longest = TimeSpan.FromSeconds(30);
    internal static readonly TimeSpan Healthy = TimeSpan.FromMinutes(1);

    /// <param name="previous">the pause before the run that just ended, or null.</param>
    /// <param name="ran">how long that run was.</param>
    internal static TimeSpan Next(TimeSpan? previous, TimeSpan ran)
    {
        if (previous is not { } pause || ran >= Healthy) return First;
        return pause * 2 < Longest ? pause * 2 : Longest;
    }
}
