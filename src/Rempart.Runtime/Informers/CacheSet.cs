using Microsoft.Extensions.Logging;
using Rempart.Api.Client;
using Rempart.Api.Meta;

namespace Rempart.Runtime.Informers;

/// <summary>One informer for each kind and query, however many controllers read it; it reads as the first of them.</summary>
internal sealed class CacheSet(TimeProvider time, ILoggerFactory logging) : ICaches
{
    private readonly Dictionary<(Type View, string Resource, ListQuery Query), (IInformer Informer, object Cache)> _informers = [];

    public IReadOnlyCollection<IInformer> Informers => [.. _informers.Values.Select(entry => entry.Informer)];

    public ICache<T> Of<T>() where T : ApiObject => Find<T>(KindInfo.Of<T>());

    public ICache<T> Of<T>(ListQuery query) where T : ApiObject => _informers.TryGetValue((typeof(T), KindInfo.Of<T>().GroupResource, query), out var part)
        ? (ICache<T>)part.Cache
        : throw new InvalidOperationException($"{KindInfo.Of<T>().GroupResource} with `{query.FieldSelector}` is read but not declared as an input");

    public ICache<LifetimeMetadata> LifetimeOf(KindInfo kind) => Find<LifetimeMetadata>(kind);

    public ICache<T> Open<T>(ApiClient client, KindInfo kind, ListQuery query) where T : ApiObject
    {
        if (_informers.TryGetValue((typeof(T), kind.GroupResource, query), out var found)) return (ICache<T>)found.Cache;
        var informer = new Informer<T>(client, kind, query, time, logging.CreateLogger<Informer<T>>());
        _informers.Add((typeof(T), kind.GroupResource, query), (informer, informer.Cache));
        return informer.Cache;
    }

    // The whole collection when somebody reads it, else the one part that is read.
    private ICache<T> Find<T>(KindInfo kind) where T : ApiObject
    {
        if (_informers.TryGetValue((typeof(T), kind.GroupResource, ListQuery.All), out var whole)) return (ICache<T>)whole.Cache;
        var parts = _informers.Where(entry => entry.Key.View == typeof(T) && entry.Key.Resource == kind.GroupResource).ToList();
        return parts is [var part] ? (ICache<T>)part.Value.Cache : throw new InvalidOperationException($"{kind.GroupResource} is read but not declared as one input");
    }
}
