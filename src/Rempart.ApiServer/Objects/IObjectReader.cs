using Rempart.Api.Meta;

namespace Rempart.ApiServer.Objects;

/// <summary>Typed reads of stored objects for the stages of the pipeline itself (authorization, admission, signing).</summary>
public interface IObjectReader
{
    /// <summary>One object as of now: at least as new as every commit that had ended when the call began. Null when there is none.</summary>
    /// <typeparam name="T">Its kind.</typeparam>
    /// <param name="ns">Namespace, null for cluster-scoped kinds.</param>
    /// <param name="name">Name.</param>
    /// <param name="cancellationToken">Gives up.</param>
    ValueTask<T?> GetAsync<T>(string? ns, string name, CancellationToken cancellationToken) where T : ApiObject;

    /// <summary>One object as last told of, without waiting for anything. Null when none was.</summary>
    /// <typeparam name="T">Its kind.</typeparam>
    /// <param name="ns">Namespace, null for cluster-scoped kinds.</param>
    /// <param name="name">Name.</param>
    T? Find<T>(string? ns, string name) where T : ApiObject;

    /// <summary>All objects of a kind as of now, as fresh as <see cref="GetAsync"/>.</summary>
    /// <typeparam name="T">Their kind.</typeparam>
    /// <param name="ns">Namespace, null for all of them and for cluster-scoped kinds.</param>
    /// <param name="cancellationToken">Gives up.</param>
    ValueTask<IReadOnlyList<T>> ListAsync<T>(string? ns, CancellationToken cancellationToken) where T : ApiObject;

    /// <summary>
    /// Tells an observer of every object of a kind: first of those that exist, then of each change in the order of commits. Begins
    /// before the server answers its first request and ends with the server.
    /// </summary>
    /// <typeparam name="T">The kind.</typeparam>
    /// <param name="observer">Is told.</param>
    void Observe<T>(IObjectObserver<T> observer) where T : ApiObject;

    /// <summary>Returns once all observers have been told of every commit that had ended when the call began. Cheap when nothing is outstanding.</summary>
    /// <param name="cancellationToken">Gives up.</param>
    ValueTask CatchUpAsync(CancellationToken cancellationToken);
}
