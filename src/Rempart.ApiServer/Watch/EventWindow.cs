namespace Rempart.ApiServer.Watch;

/// <summary>The latest changes of a kind: from where a watch that was interrupted can go on.</summary>
internal sealed class EventWindow
{
    private const int Most = 4096;
    private readonly Queue<CacheEvent> _events = new();

    /// <summary>The oldest revision that a watch may begin after.</summary>
    public long Oldest { get; private set; }

    public void Reset(long revision)
    {
        _events.Clear();
        Oldest = revision;
    }

    public void Add(CacheEvent change)
    {
        _events.Enqueue(change);
        if (_events.Count > Most) Oldest = _events.Dequeue().Revision;
    }

    /// <summary>The changes after a revision; null when some of them are no longer kept.</summary>
    public IReadOnlyList<CacheEvent>? After(long revision) => revision < Oldest ? null : [.. _events.Where(e => e.Revision > revision)];
}
