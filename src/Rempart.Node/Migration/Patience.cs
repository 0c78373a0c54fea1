using System.Collections.Concurrent;

namespace Rempart.Node.Migration;

/// <summary>For how long something that may mend itself is tried again. By this process's own clock alone: other hosts' clocks, and steps of this one's, don't count.</summary>
internal sealed class Patience(TimeSpan limit, TimeProvider time)
{
    private readonly ConcurrentDictionary<string, long> _since = new(StringComparer.Ordinal);

    /// <summary>Whether it has lasted too long since it was first asked for.</summary>
    /// <param name="uid">of the move.</param>
    public bool IsOver(string uid) => time.GetElapsedTime(_since.GetOrAdd(uid, time.GetTimestamp())) >= limit;

    /// <summary>It is well, or over.</summary>
    public void Forget(string uid) => _since.TryRemove(uid, out _);
}
