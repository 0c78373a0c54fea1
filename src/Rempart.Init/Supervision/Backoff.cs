namespace Rempart.Init.Supervision;

/// <summary>
/// The pause before a service is started again: doubled from 0.5 s up to 30 s, forgotten once it had been ready for ten seconds. That
/// is far longer than a start, so a service that can't start goes on to be spared, and one that was killed now and then is back at once.
/// </summary>
internal static class Backoff
{
    internal static readonly TimeSpan First = TimeSpan.FromMilliseconds(500);
    internal static readonly TimeSpan Longest = TimeSpan.FromSeconds(30);
    internal static readonly TimeSpan Healthy = TimeSpan.FromSeconds(10);

    /// <param name="previous">the pause before the run that just ended, or null.</param>
    /// <param name="ready">how long it was ready in that run; zero when it never was.</param>
    internal static TimeSpan Next(TimeSpan? previous, TimeSpan ready)
    {
        if (previous is not { } pause || ready >= Healthy) return First;
        return pause * 2 < Longest ? pause * 2 : Longest;
    }
}
