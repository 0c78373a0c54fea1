namespace Rempart.Runtime.Informers;

/// <summary>Keeps a cache up to date.</summary>
public interface IInformer
{
    /// <summary>Follows the API until it is cancelled. Failures of the API are retried for ever.</summary>
    Task RunAsync(CancellationToken cancellationToken);

    /// <summary>Returns once the cache has been filled for the first time.</summary>
    Task WaitForSyncAsync(CancellationToken cancellationToken);
}
