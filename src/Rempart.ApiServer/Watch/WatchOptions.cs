namespace Rempart.ApiServer.Watch;

/// <summary>How a watch goes on and ends.</summary>
internal sealed record WatchOptions
{
    /// <summary>When the watch ends by itself.</summary>
    public required TimeSpan Timeout { get; init; }

    /// <summary>Whether to tell the client's revision now and then.</summary>
    public bool Bookmarks { get; init; }

    /// <summary>Whether to mark the end of the present objects (sendInitialEvents).</summary>
    public bool InitialEventsEnd { get; init; }

    /// <summary>How long nothing is told before a bookmark.</summary>
    public TimeSpan BookmarkEvery { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Set when the server stops.</summary>
    public CancellationToken Stopping { get; init; }
}
