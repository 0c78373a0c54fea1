namespace Rempart.Store;

/// <summary>The engine can't answer (disk full, I/O error, closed, unreachable). The outcome of a commit is then unknown.</summary>
public sealed class StoreUnavailableException(string message, Exception? inner) : StoreException(message, inner)
{
    internal bool IsDiskFull { get; init; }
}
