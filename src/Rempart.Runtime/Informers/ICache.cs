using Rempart.Api.Meta;

namespace Rempart.Runtime.Informers;

/// <summary>
/// What the API said last of the objects of a kind. May be behind; never partial once controllers run. Objects are immutable.
/// </summary>
/// <typeparam name="T">The kind.</typeparam>
public interface ICache<T> where T : ApiObject
{
    /// <summary>The object, or null when there is none.</summary>
    T? Get(ResourceKey key);

    /// <summary>All objects, or those of one namespace, in no order.</summary>
    IReadOnlyList<T> List(string? ns = null);

    /// <summary>Objects that the owner with this uid is an owner of.</summary>
    IReadOnlyList<T> OwnedBy(string ownerUid);

    /// <summary>Declares an index; the same name must always mean the same function.</summary>
    void AddIndex(string index, Func<T, IEnumerable<string>> values);

    /// <summary>Objects with a value in an index.</summary>
    IReadOnlyList<T> ByIndex(string index, string value);

    /// <summary>Calls back with the object as it was (null when new) and as it is (null when gone), in order, on the informer's loop: be quick and never throw.</summary>
    void Subscribe(Action<T?, T?> changed);
}
