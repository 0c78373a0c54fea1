using Rempart.Api.Client;
using Rempart.Api.Meta;
using Rempart.Runtime.Informers;

namespace Rempart.Runtime.Controllers;

/// <summary>A kind that a controller reads from a cache, and whose keys a change wakes.</summary>
public abstract class ControllerInput
{
    private protected ControllerInput(KindInfo kind, ListQuery query) => (Kind, Query) = (kind, query);

    public KindInfo Kind { get; }

    public ListQuery Query { get; }

    /// <summary>Objects of this kind are what the controller reconciles.</summary>
    public static ControllerInput Self<T>() where T : ApiObject => Of<T>((value, _) => [ResourceKey.Of(value)]);

    /// <summary>A change of an object wakes its controlling owner when that is of kind <typeparamref name="TOwner"/>.</summary>
    public static ControllerInput OwnedBy<T, TOwner>() where T : ApiObject where TOwner : ApiObject
    {
        var owner = KindInfo.Of<TOwner>();
        return Of<T>((value, _) => value.Metadata.OwnerReferences?
            .Where(reference => reference.Controller == true && reference.Kind == owner.Kind && reference.ApiVersion == owner.ApiVersion)
            .Select(reference => new ResourceKey(owner.Namespaced ? value.Metadata.Namespace : null, reference.Name)) ?? []);
    }

    /// <summary>Objects are only looked up; their changes wake nobody.</summary>
    public static ControllerInput Lookup<T>() where T : ApiObject => Of<T>((_, _) => []);

    /// <summary>A change wakes the keys that <paramref name="map"/> names, for the object as it was and as it is.</summary>
    /// <param name="map">Quick and without side effects; may look into the caches of the other inputs.</param>
    /// <param name="query">Part of the collection; all of it when unset.</param>
    public static ControllerInput Of<T>(Func<T, ICaches, IEnumerable<ResourceKey>> map, ListQuery? query = null) where T : ApiObject =>
        new TypedInput<T>(KindInfo.Of<T>(), map, query ?? ListQuery.All);

    /// <summary>Only what decides about the end of objects is read of a kind: for what works on any kind.</summary>
    public static ControllerInput Lifetime(KindInfo kind, Func<LifetimeMetadata, ICaches, IEnumerable<ResourceKey>> map) =>
        new TypedInput<LifetimeMetadata>(kind, map, ListQuery.All);

    /// <summary>The object that a key of this input is about, if it is named like one.</summary>
    internal abstract ApiObject? Find(ICaches caches, ResourceKey key);

    internal abstract void Connect(CacheSet caches, ApiClient client, Action<ResourceKey> enqueue);

    private sealed class TypedInput<T>(KindInfo kind, Func<T, ICaches, IEnumerable<ResourceKey>> map, ListQuery query) : ControllerInput(kind, query)
        where T : ApiObject
    {
        internal override ApiObject? Find(ICaches caches, ResourceKey key) => typeof(T) == typeof(LifetimeMetadata) ? caches.LifetimeOf(Kind).Get(key) : caches.Of<T>().Get(key);

        internal override void Connect(CacheSet caches, ApiClient client, Action<ResourceKey> enqueue) => caches.Open<T>(client, Kind, Query).Subscribe((old, now) =>
        {
            if (old is not null) Wake(old);
            if (now is not null) Wake(now);
            void Wake(T value)
            {
                foreach (var key in map(value, caches)) enqueue(key);
            }
        });
    }
}
