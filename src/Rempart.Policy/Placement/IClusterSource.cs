using Rempart.Api.Meta;

namespace Rempart.Policy.Placement;

/// <summary>Objects that a <see cref="ClusterModel"/> is kept in step with.</summary>
public interface IClusterSource
{
    /// <summary>Follows one kind: what is there and what comes, one at a time and never while the model is read.</summary>
    /// <param name="put">Told of an object that is there, or has changed.</param>
    /// <param name="remove">Told of the namespace and name of one that is gone.</param>
    void Follow<T>(Action<T> put, Action<string?, string> remove) where T : ApiObject;
}
