using Microsoft.Extensions.Logging;
using Rempart.Api.Client;
using Rempart.Api.Meta;

namespace Rempart.Runtime.Informers;

/// <summary>One informer for each kind and query, however many controllers read it.</summary>
internal sealed class CacheSet(ApiClient client, TimeProvider time, ILoggerFactory logging) : ICaches
{
    private readonly Dictionary<(Type Type, ListQuery Query), (IInformer Informer, object Cache)> _informers = [];

    public IReadOnlyCollection<IInformer> Informers => [.. _informers.Values.Select(entry => entry.Informer)];

    public ICache<T> Of<T>() where T : ApiObject => _informers.TryGetValue((typeof(T), ListQuery.All), out var found) ? (ICache<T>)found.Cache
        : throw new InvalidOperationException($"{KindInfo.Of<T>().GroupResource} is read but not declared as an input");

    public ICache<T> Open<T>(ListQuery query) where T : ApiObject
    {
        if (_informers.TryGetValue((typeof(T), query), out var found)) return (ICache<T>)found.Cache;
        var informer = new Informer<T>(client, query, time, logging.CreateLogger<Informer<T>>());
        _informers.Add((typeof(T), query), (informer, informer.Cache));
        return informer.Cache;
    }
}
