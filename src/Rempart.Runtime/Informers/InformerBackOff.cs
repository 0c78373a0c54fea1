using System.Security.Cryptography;

namespace Rempart.Runtime.Informers;

/// <summary>How long an informer waits before it lists again: longer after each failure, and never as long as its neighbors, who failed at the same moment.</summary>
internal sealed class InformerBackOff
{
    private static readonly TimeSpan First = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(30);

    private TimeSpan _next = TimeSpan.Zero;

    /// <summary>The next pause; none before the first repetition, which a watch that is merely too old needs.</summary>
    public TimeSpan Next()
    {
        var pause = _next;
        _next = TimeSpan.FromTicks(Math.Clamp(pause.Ticks * 2, First.Ticks, Longest.Ticks));
        return pause * (1 + (RandomNumberGenerator.GetInt32(500) / 1000.0));
    }

    /// <summary>It went well.</summary>
    public void Reset() => _next = TimeSpan.Zero;
}
