using Rempart.Api.Meta;

namespace Rempart.ApiServer.Objects;

/// <summary>Keeps something in memory that follows the objects of a kind. Called by one thread at a time; quick, and never throws.</summary>
/// <typeparam name="T">The kind.</typeparam>
public interface IObjectObserver<in T> where T : ApiObject
{
    /// <summary>Whether an object is looked at. Those that are not are not even parsed: a hundred thousand ConfigMaps must cost nothing to whoever follows one.</summary>
    /// <param name="ns">Namespace, null for cluster-scoped kinds.</param>
    /// <param name="name">Name.</param>
    bool Concerns(string? ns, string name) => true;

    /// <summary>The object exists and looks like this now.</summary>
    /// <param name="value">The object.</param>
    void Put(T value);

    /// <summary>The object is gone.</summary>
    /// <param name="ns">Namespace, null for cluster-scoped kinds.</param>
    /// <param name="name">Name.</param>
    void Remove(string? ns, string name);
}
