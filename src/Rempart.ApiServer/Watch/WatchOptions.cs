namespace Rempart.ApiServer.Watch;

/// <summary>How a watch goes on and ends.</summary>
internal sealed record WatchOptions
{
    // A client that begins again after its time was over begins at the last bookmark.
    private static readonly TimeSpan LastBefore = TimeSpan.FromSeconds(2);

    /// <summary>When the watch ends by itself.</summary>
    public required TimeSpan Timeout { get; init; }

    /// <summary>Whether to tell the client's revision now and then.</summary>
    public bool Bookmarks { get; init; }

    /// <summary>Whether to mark the end of the present objects (sendInitialEvents).</summary>
    public bool InitialEventsEnd { get; init; }

    /// <summary>Time between bookmarks.</summary>
    public TimeSpan BookmarkEvery { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Clock.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Set when the server stops.</summary>
    public CancellationToken Stopping { get; init; }

    /// <summary>When the next bookmark is due, since the watch began: one each <see cref="BookmarkEvery"/> and one shortly before the end.</summary>
    /// <param name="told">When the last one was told.</param>
    public TimeSpan NextBookmark(TimeSpan told)
    {
        var (next, last) = (told + BookmarkEvery, Timeout - LastBefore);
        return told < last && last < next ? last : next;
    }
}
