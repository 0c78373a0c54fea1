using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Rempart.Api.Meta;

namespace Rempart.Api.Client;

/// <summary>
/// A client of the API. Every failure is an <see cref="ApiException"/> with the server's Status; a server that can't be
/// reached is one too (503). 429 and 503 are repeated a few times, as late as the server asks.
/// </summary>
public sealed partial class ApiClient : IDisposable
{
    private readonly HttpClient _http;
    private readonly TimeProvider _time;

    /// <summary>A client over a ready HTTP client, whose base address is the server.</summary>
    /// <param name="http">Owned by this client from now on.</param>
    /// <param name="time">Clock of deadlines and delays.</param>
    public ApiClient(HttpClient http, TimeProvider time) => (_http, _time) = (http, time);

    /// <summary>A client of a server.</summary>
    /// <param name="connection">Where, and as whom.</param>
    /// <param name="time">Clock of deadlines and delays.</param>
    public static ApiClient Connect(ApiConnection connection, TimeProvider time) => new(ApiTransport.Create(connection), time);

    /// <summary>Reads an object.</summary>
    /// <typeparam name="T">Its kind.</typeparam>
    /// <param name="ns">Namespace, null for cluster-scoped kinds.</param>
    /// <param name="name">Name.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public Task<T> GetAsync<T>(string? ns, string name, CancellationToken cancellationToken) where T : ApiObject =>
        ReadAsync<T>(() => new(HttpMethod.Get, KindInfo.Of<T>().Path(ns, name)), cancellationToken);

    /// <summary>Reads an object; null when there is none (404).</summary>
    /// <typeparam name="T">Its kind.</typeparam>
    /// <param name="ns">Namespace, null for cluster-scoped kinds.</param>
    /// <param name="name">Name.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public Task<T?> FindAsync<T>(string? ns, string name, CancellationToken cancellationToken) where T : ApiObject => FindAsync<T>(KindInfo.Of<T>(), ns, name, cancellationToken);

    /// <summary>Reads an object of a kind through another view, such as <see cref="PartialObjectMetadata"/>; null when there is none (404).</summary>
    /// <typeparam name="T">The view.</typeparam>
    /// <param name="kind">Its kind.</param>
    /// <param name="ns">Namespace, null for cluster-scoped kinds.</param>
    /// <param name="name">Name.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async Task<T?> FindAsync<T>(KindInfo kind, string? ns, string name, CancellationToken cancellationToken) where T : ApiObject
    {
        try
        {
            return await ReadAsync<T>(() => new(HttpMethod.Get, kind.Path(ns, name)), cancellationToken);
        }
        catch (ApiException gone) when (gone.Code == 404)
        {
            return null;
        }
    }

    /// <summary>Reads one part of a collection; all of it when the query has no limit.</summary>
    /// <typeparam name="T">Kind of the items.</typeparam>
    /// <param name="query">Which part.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public Task<ApiList<T>> ListAsync<T>(ListQuery query, CancellationToken cancellationToken) where T : ApiObject => ListAsync<T>(KindInfo.Of<T>(), query, cancellationToken);

    /// <summary>Reads a whole collection in parts of 500, as it was at one version.</summary>
    /// <typeparam name="T">Kind of the items.</typeparam>
    /// <param name="query">Which collection.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>All items, with the version that a watch goes on from.</returns>
    public Task<ApiList<T>> ListAllAsync<T>(ListQuery query, CancellationToken cancellationToken) where T : ApiObject => ListAllAsync<T>(KindInfo.Of<T>(), query, cancellationToken);

    /// <summary>Reads a whole collection of a kind through another view, such as <see cref="PartialObjectMetadata"/>.</summary>
    /// <typeparam name="T">The view.</typeparam>
    /// <param name="kind">Kind of the items.</param>
    /// <param name="query">Which collection.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async Task<ApiList<T>> ListAllAsync<T>(KindInfo kind, ListQuery query, CancellationToken cancellationToken) where T : ApiObject
    {
        var part = await ListAsync<T>(kind, query with { Limit = 500, Continue = null }, cancellationToken);
        if (part.Metadata.Continue is not { Length: > 0 }) return part;
        var items = new List<T>(part.Items);
        while (part.Metadata.Continue is { Length: > 0 } next)
        {
            part = await ListAsync<T>(kind, query with { Limit = 500, Continue = next, ResourceVersion = null }, cancellationToken);
            items.AddRange(part.Items);
        }
        return part with { Items = items };
    }

    /// <summary>Creates an object.</summary>
    /// <typeparam name="T">Its kind.</typeparam>
    /// <param name="value">The object, with <c>metadata.name</c> or <c>generateName</c>, and its namespace.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The object as stored.</returns>
    public Task<T> CreateAsync<T>(T value, CancellationToken cancellationToken) where T : ApiObject =>
        WriteAsync(HttpMethod.Post, KindInfo.Of<T>().Path(value.Metadata.Namespace), value, cancellationToken);

    /// <summary>Creates an object of a kind that discovery told of.</summary>
    /// <param name="kind">Its kind.</param>
    /// <param name="value">The object, with <c>metadata.name</c> or <c>generateName</c>, and its namespace.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public Task<DynamicObject> CreateAsync(KindInfo kind, DynamicObject value, CancellationToken cancellationToken) =>
        WriteAsync(HttpMethod.Post, kind, kind.Path(value.Metadata.Namespace), value, cancellationToken);

    /// <summary>Replaces an object of a kind that discovery told of; refused (409) when its resourceVersion is set and no longer the newest.</summary>
    /// <param name="kind">Its kind.</param>
    /// <param name="value">The object.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public Task<DynamicObject> UpdateAsync(KindInfo kind, DynamicObject value, CancellationToken cancellationToken) =>
        WriteAsync(HttpMethod.Put, kind, kind.Path(value.Metadata.Namespace, Name(value)), value, cancellationToken);

    /// <summary>Applies an object on the server's side, in whole or, where it is not there, as a new one.</summary>
    /// <param name="kind">Its kind.</param>
    /// <param name="value">What is applied: of the metadata the name, and what is meant.</param>
    /// <param name="manager">Who owns the fields afterwards.</param>
    /// <param name="force">Takes fields from others; without it they are told as a conflict (409).</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The object as stored.</returns>
    public Task<DynamicObject> ApplyAsync(KindInfo kind, DynamicObject value, string manager, bool force, CancellationToken cancellationToken)
    {
        var body = ApiPatch.Apply(JsonSerializer.SerializeToUtf8Bytes(value with { ApiVersion = kind.ApiVersion, Kind = kind.Kind }, TypeInfo<DynamicObject>()));
        var path = Query(kind.Path(value.Metadata.Namespace, Name(value)), [new("fieldManager", manager), new("force", force ? "true" : "false")]);
        return ReadAsync<DynamicObject>(() => new(HttpMethod.Patch, path) { Content = Body(body.Body, body.ContentType) }, cancellationToken);
    }

    /// <summary>Replaces an object; refused (409) when its resourceVersion is set and no longer the newest.</summary>
    /// <typeparam name="T">Its kind.</typeparam>
    /// <param name="value">The object.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The object as stored.</returns>
    public Task<T> UpdateAsync<T>(T value, CancellationToken cancellationToken) where T : ApiObject =>
        WriteAsync(HttpMethod.Put, Path(value, null), value, cancellationToken);

    /// <summary>Replaces an object's status; refused (409) when its resourceVersion is set and no longer the newest.</summary>
    /// <typeparam name="T">Its kind.</typeparam>
    /// <param name="value">The object; the server looks at its status alone.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The object as stored.</returns>
    public Task<T> UpdateStatusAsync<T>(T value, CancellationToken cancellationToken) where T : ApiObject =>
        WriteAsync(HttpMethod.Put, Path(value, "status"), value, cancellationToken);

    /// <summary>Changes an object.</summary>
    /// <typeparam name="T">Its kind.</typeparam>
    /// <param name="ns">Namespace, null for cluster-scoped kinds.</param>
    /// <param name="name">Name.</param>
    /// <param name="patch">The change.</param>
    /// <param name="subresource">Subresource such as <c>status</c>, or null.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The object as stored.</returns>
    public Task<T> PatchAsync<T>(string? ns, string name, ApiPatch patch, string? subresource, CancellationToken cancellationToken) where T : ApiObject =>
        PatchAsync<T>(KindInfo.Of<T>(), ns, name, patch, subresource, cancellationToken);

    /// <summary>Changes an object of a kind and reads it through another view, such as <see cref="PartialObjectMetadata"/>.</summary>
    /// <typeparam name="T">The view.</typeparam>
    /// <param name="kind">Its kind.</param>
    /// <param name="ns">Namespace, null for cluster-scoped kinds.</param>
    /// <param name="name">Name.</param>
    /// <param name="patch">The change.</param>
    /// <param name="subresource">Subresource such as <c>status</c>, or null.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public Task<T> PatchAsync<T>(KindInfo kind, string? ns, string name, ApiPatch patch, string? subresource, CancellationToken cancellationToken) where T : ApiObject =>
        ReadAsync<T>(() => new(HttpMethod.Patch, kind.Path(ns, name, subresource)) { Content = Body(patch.Body, patch.ContentType) }, cancellationToken);

    /// <summary>Asks for an object's deletion; one that is gone already is fine.</summary>
    /// <typeparam name="T">Its kind.</typeparam>
    /// <param name="ns">Namespace, null for cluster-scoped kinds.</param>
    /// <param name="name">Name.</param>
    /// <param name="options">Propagation and preconditions, or null.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public Task DeleteAsync<T>(string? ns, string name, DeleteOptions? options, CancellationToken cancellationToken) where T : ApiObject =>
        DeleteAsync(KindInfo.Of<T>(), ns, name, options, cancellationToken);

    /// <summary>Asks for an object's deletion; one that is gone already is fine.</summary>
    /// <param name="kind">Its kind.</param>
    /// <param name="ns">Namespace, null for cluster-scoped kinds.</param>
    /// <param name="name">Name.</param>
    /// <param name="options">Propagation and preconditions, or null.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async Task DeleteAsync(KindInfo kind, string? ns, string name, DeleteOptions? options, CancellationToken cancellationToken)
    {
        var body = JsonSerializer.SerializeToUtf8Bytes((options ?? new()) with { ApiVersion = "v1", Kind = "DeleteOptions" }, TypeInfo<DeleteOptions>());
        try
        {
            await SendForBytesAsync(() => new(HttpMethod.Delete, kind.Path(ns, name)) { Content = Body(body, "application/json") }, MaxAnswerBytes, cancellationToken);
        }
        catch (ApiException gone) when (gone.Code == 404)
        {
        }
    }

    /// <summary>Posts to a subresource such as <c>virtualmachines/binding</c>.</summary>
    /// <typeparam name="TIn">Body.</typeparam>
    /// <typeparam name="TOut">Answer.</typeparam>
    /// <param name="path">Path, see <see cref="KindInfo.Path"/>.</param>
    /// <param name="value">Body.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public Task<TOut> PostAsync<TIn, TOut>(string path, TIn value, CancellationToken cancellationToken)
    {
        var body = JsonSerializer.SerializeToUtf8Bytes(value, TypeInfo<TIn>());
        return ReadAsync<TOut>(() => new(HttpMethod.Post, path) { Content = Body(body, "application/json") }, cancellationToken);
    }

    /// <summary>Closes the connections.</summary>
    public void Dispose() => _http.Dispose();

    private Task<ApiList<T>> ListAsync<T>(KindInfo kind, ListQuery query, CancellationToken cancellationToken) where T : ApiObject =>
        ReadAsync<ApiList<T>>(() => new(HttpMethod.Get, Query(kind.Path(query.Namespace), query.Parameters())), cancellationToken);

    private static string Path<T>(T value, string? subresource) where T : ApiObject => KindInfo.Of<T>().Path(value.Metadata.Namespace, Name(value), subresource);

    private static string Name(ApiObject value) => value.Metadata.Name ?? throw new ArgumentException("an object without `metadata.name` can't be replaced", nameof(value));

    private Task<T> WriteAsync<T>(HttpMethod method, string path, T value, CancellationToken cancellationToken) where T : ApiObject =>
        WriteAsync(method, KindInfo.Of<T>(), path, value, cancellationToken);

    private Task<T> WriteAsync<T>(HttpMethod method, KindInfo kind, string path, T value, CancellationToken cancellationToken) where T : ApiObject
    {
        var named = (T)((ApiObject)value with { ApiVersion = kind.ApiVersion, Kind = kind.Kind });
        var body = JsonSerializer.SerializeToUtf8Bytes(named, TypeInfo<T>());
        return ReadAsync<T>(() => new(method, path) { Content = Body(body, "application/json") }, cancellationToken);
    }

    private async Task<T> ReadAsync<T>(Func<HttpRequestMessage> request, CancellationToken cancellationToken) =>
        Parse<T>((await SendForBytesAsync(
            () =>
            {
                var made = request();
                made.Headers.TryAddWithoutValidation("Accept", Accept<T>());
                return made;
            }, MaxAnswerBytes, cancellationToken)).Span);

    private static T Parse<T>(ReadOnlySpan<byte> json)
    {
        try
        {
            return JsonSerializer.Deserialize(json, TypeInfo<T>()) ?? throw new JsonException("the answer is null");
        }
        catch (JsonException wrong)
        {
            throw Unreadable(wrong);
        }
    }

    private static ApiException Unreadable(Exception cause) => new(
        new ApiStatus { Status = "Failure", Code = 502, Reason = StatusReason.InternalError, Message = $"the server's answer can't be read: {cause.Message}" }, cause);

    private static JsonTypeInfo<T> TypeInfo<T>() => (JsonTypeInfo<T>)ApiJson.Lenient.GetTypeInfo(typeof(T));
}
