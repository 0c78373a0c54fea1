using System.Globalization;
using Rempart.Api.Meta;
using Rempart.ApiServer.Objects;

namespace Rempart.ApiServer.Tests.Authentication;

/// <summary>Objects in memory under the rules of <see cref="IObjectReader"/> and <see cref="IObjectWriter"/>.</summary>
internal sealed class MemoryObjects : IObjectReader, IObjectWriter
{
    private readonly Dictionary<(Type, string?, string), ApiObject> objects = [];
    private readonly List<(Type Kind, Action<ApiObject> Put, Action<string?, string> Remove)> observers = [];
    private long version;

    /// <summary>Called before each update, to let another writer be faster.</summary>
    public Action? BeforeUpdate { get; set; }

    public ValueTask<T?> GetAsync<T>(string? ns, string name, CancellationToken cancellationToken) where T : ApiObject => ValueTask.FromResult(Find<T>(ns, name));

    public T? Find<T>(string? ns, string name) where T : ApiObject => objects.TryGetValue((typeof(T), ns, name), out var found) ? (T)found : null;

    public ValueTask<IReadOnlyList<T>> ListAsync<T>(string? ns, CancellationToken cancellationToken) where T : ApiObject =>
        ValueTask.FromResult<IReadOnlyList<T>>([.. objects.Values.OfType<T>().Where(o => ns is null || o.Metadata.Namespace == ns)]);

    public void Observe<T>(IObjectObserver<T> observer) where T : ApiObject
    {
        foreach (var existing in objects.Values.OfType<T>()) observer.Put(existing);
        observers.Add((typeof(T), value => observer.Put((T)value), observer.Remove));
    }

    public ValueTask CatchUpAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;

    public ValueTask<T> CreateAsync<T>(T value, CancellationToken cancellationToken) where T : ApiObject =>
        objects.ContainsKey(Key(value)) ? throw ApiException.Failure(409, StatusReason.AlreadyExists, "there is one") : ValueTask.FromResult(Put(value));

    public ValueTask<T> UpdateAsync<T>(T value, CancellationToken cancellationToken) where T : ApiObject
    {
        var before = BeforeUpdate;
        BeforeUpdate = null;
        before?.Invoke();
        if (!objects.TryGetValue(Key(value), out var stored)) throw ApiException.Failure(404, StatusReason.NotFound, "there is none");
        return stored.Metadata.ResourceVersion != value.Metadata.ResourceVersion ? throw ApiException.Failure(409, StatusReason.Conflict, "it has changed") : ValueTask.FromResult(Put(value));
    }

    public ValueTask DeleteAsync<T>(T value, CancellationToken cancellationToken) where T : ApiObject
    {
        objects.Remove(Key(value));
        foreach (var observer in observers.Where(o => o.Kind == typeof(T))) observer.Remove(value.Metadata.Namespace, value.Metadata.Name!);
        return ValueTask.CompletedTask;
    }

    public T Put<T>(T value) where T : ApiObject
    {
        var stored = value with { Metadata = value.Metadata with { ResourceVersion = (++version).ToString(CultureInfo.InvariantCulture), Uid = value.Metadata.Uid ?? $"uid-{version}" } };
        objects[Key(stored)] = stored;
        foreach (var observer in observers.Where(o => o.Kind == typeof(T))) observer.Put(stored);
        return stored;
    }

    private static (Type, string?, string) Key<T>(T value) where T : ApiObject => (typeof(T), value.Metadata.Namespace, value.Metadata.Name!);
}
