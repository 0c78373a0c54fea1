namespace Rempart.Store;

/// <summary>The engine can't answer (disk full, I/O error, closed, unreachable). The outcome of a commit is then unknown, unless <see cref="IsDiskFull"/>.</summary>
public sealed class StoreUnavailableException(string message, Exception? inner) : StoreException(message, inner)
{
    /// <summary>There is no room: nothing of the commit was written, and later ones succeed once there is room again.</summary>
    public bool IsDiskFull { get; init; }

    /// <summary>The engine is another process that is away, and the store goes on by itself when it is back: who follows changes begins again.</summary>
    public bool IsAway { get; init; }

    /// <summary>The commit may be whole in the engine's log though nobody sees it: it has to be written over before <see cref="IsDiskFull"/> is true.</summary>
    internal bool IsUnsettled { get; init; }
}
