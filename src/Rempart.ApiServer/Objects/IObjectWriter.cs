using Rempart.Api.Meta;

namespace Rempart.ApiServer.Objects;

/// <summary>
/// Writes as the server itself (<c>system:apiserver</c>): not authorized and not admitted again, but validated, audited, and
/// encrypted where the kind says so. Failures are <see cref="ApiException"/> as for any client: 409 when the name is taken or the
/// version has changed, 404 when the object is gone.
/// </summary>
public interface IObjectWriter
{
    /// <summary>Creates an object.</summary>
    /// <typeparam name="T">Its kind.</typeparam>
    /// <param name="value">The object.</param>
    /// <param name="cancellationToken">Gives up before the commit.</param>
    ValueTask<T> CreateAsync<T>(T value, CancellationToken cancellationToken) where T : ApiObject;

    /// <summary>Replaces an object, spec and status alike, if it still has the <c>metadata.resourceVersion</c> that the value carries.</summary>
    /// <typeparam name="T">Its kind.</typeparam>
    /// <param name="value">The object.</param>
    /// <param name="cancellationToken">Gives up before the commit.</param>
    ValueTask<T> UpdateAsync<T>(T value, CancellationToken cancellationToken) where T : ApiObject;

    /// <summary>Removes an object at once, if it still has the <c>metadata.resourceVersion</c> that the value carries.</summary>
    /// <typeparam name="T">Its kind.</typeparam>
    /// <param name="value">The object as read.</param>
    /// <param name="cancellationToken">Gives up before the commit.</param>
    ValueTask DeleteAsync<T>(T value, CancellationToken cancellationToken) where T : ApiObject;
}
