namespace Rempart.ApiServer.Watch;

/// <summary>The latest changes of a kind: from where a watch that was interrupted can go on. Bounded by number and by bytes.</summary>
/// <param name="most">Most changes kept.</param>
/// <param name="mostBytes">Most bytes of documents kept; the latest change is kept whatever it weighs.</param>
internal sealed class EventWindow(int most = EventWindow.Most, long mostBytes = EventWindow.MostBytes)
{
    /// <summary>Most changes kept of a kind.</summary>
    public const int Most = 4096;

    /// <summary>Most bytes kept of a kind.</summary>
    public const long MostBytes = 32 * 1024 * 1024;

    private readonly Queue<CacheEvent> _events = new();
    private long _bytes;

    /// <summary>The oldest revision that a watch may begin after.</summary>
    public long Oldest { get; private set; }

    public void Reset(long revision)
    {
        _events.Clear();
        _bytes = 0;
        Oldest = revision;
    }

    public void Add(CacheEvent change)
    {
        _events.Enqueue(change);
        _bytes += change.Bytes;
        while (_events.Count > 1 && (_events.Count > most || _bytes > mostBytes))
        {
            var gone = _events.Dequeue();
            _bytes -= gone.Bytes;
            Oldest = gone.Revision;
        }
    }

    /// <summary>The changes after a revision; null when some of them are no longer kept.</summary>
    public IReadOnlyList<CacheEvent>? After(long revision) => revision < Oldest ? null : [.. _events.Where(e => e.Revision > revision)];
}
