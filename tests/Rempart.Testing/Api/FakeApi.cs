using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Rempart.Api;
using Rempart.Api.Client;
using Rempart.Api.Meta;

namespace Rempart.Testing.Api;

/// <summary>
/// An API server in memory behind <see cref="ApiClient"/>: versions, conflicts, watches, selectors, finalizers, the status and
/// binding subresources. No authentication, no admission: who may do what is tested against the real one.
/// </summary>
public sealed class FakeApi(TimeProvider time) : HttpMessageHandler
{
    private readonly Lock _lock = new();
    private readonly FakeStore _store = new(time);
    private readonly List<FakeWatch> _watches = [];
    private long _oldest;

    /// <summary>Called before each request; a status that it returns is the answer.</summary>
    public Func<HttpRequestMessage, ApiStatus?>? Fault { get; set; }

    /// <summary>Called with each object that is about to be created; a status that it returns is the answer.</summary>
    public Func<JsonObject, ApiStatus?>? Admission { get; set; }

    /// <summary>Every request that was made, as `METHOD path`, with ` watch` for a watch.</summary>
    public List<string> Requests { get; } = [];

    public ApiClient Client() => new(new HttpClient(this, disposeHandler: false) { BaseAddress = new Uri("https://api.test"), Timeout = Timeout.InfiniteTimeSpan }, time);

    /// <summary>Puts an object in as it is, status included.</summary>
    public T Seed<T>(T value) where T : ApiObject
    {
        var kind = KindInfo.Of<T>();
        var json = JsonSerializer.SerializeToNode((T)((ApiObject)value with { ApiVersion = kind.ApiVersion, Kind = kind.Kind }), ApiJson.Lenient.GetTypeInfo(typeof(T)))!.AsObject();
        lock (_lock)
        {
            var address = new FakeAddress(kind, value.Metadata.Namespace, value.Metadata.Name!);
            var old = _store.Get(address);
            return Typed<T>(Publish(address, old, _store.Put(address, old, json)));
        }
    }

    public T? Find<T>(string? ns, string name) where T : ApiObject
    {
        lock (_lock) return _store.Get(new FakeAddress(KindInfo.Of<T>(), ns, name)) is { } json ? Typed<T>(json) : null;
    }

    public IReadOnlyList<T> All<T>() where T : ApiObject
    {
        lock (_lock) return [.. _store.List(KindInfo.Of<T>(), null).Select(Typed<T>)];
    }

    /// <summary>Nothing else happens meanwhile: what a server does in one commit of its store.</summary>
    public T Together<T>(Func<T> act)
    {
        lock (_lock) return act();
    }

    /// <summary>Every object of every kind, as `kind namespace/name`.</summary>
    public IReadOnlyList<string> Everything()
    {
        lock (_lock) return [.. ApiKinds.All.SelectMany(kind => _store.List(kind, null).Select(json => $"{kind.Kind} {FakeAddress.Of(kind, json)}"))];
    }

    /// <summary>Forgets history: watches from an older version get 410, open ones are told so now.</summary>
    public void Compact()
    {
        lock (_lock)
        {
            _oldest = _store.Version;
            foreach (var watch in _watches) watch.End(FakeFailure.Expired());
            _watches.Clear();
        }
    }

    /// <summary>Breaks all open watches without a word.</summary>
    public void Disconnect()
    {
        lock (_lock)
        {
            foreach (var watch in _watches) watch.End(null);
            _watches.Clear();
        }
    }

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        // Hands the caller's thread back, as a network would: a loop over this must not run inside a test's own call.
        await Task.Yield();
        cancellationToken.ThrowIfCancellationRequested();
        var body = request.Content is null ? null : await request.Content.ReadAsByteArrayAsync(cancellationToken);
        try
        {
            lock (_lock)
            {
                Requests.Add($"{request.Method} {request.RequestUri!.AbsolutePath}{(request.RequestUri.Query.Contains("watch=true", StringComparison.Ordinal) ? " watch" : "")}");
                if (Fault?.Invoke(request) is { } fault) throw new ApiException(fault);
                return Answer(request, FakeRoute.Parse(request.RequestUri!), body is { Length: > 0 } ? JsonNode.Parse(body)!.AsObject() : null);
            }
        }
        catch (ApiException failure)
        {
            return Json((HttpStatusCode)failure.Code, JsonSerializer.SerializeToNode(failure.Status, ApiJson.Lenient.GetTypeInfo(typeof(ApiStatus)))!);
        }
    }

    private HttpResponseMessage Answer(HttpRequestMessage request, FakeRoute route, JsonObject? body) => (request.Method.Method, route.Name) switch
    {
        ("GET", null) when route.Query["watch"] is "true" => Watch(route),
        ("GET", null) => List(route),
        ("GET", _) => Json(HttpStatusCode.OK, _store.Demand(route.Address)),
        ("POST", null) => Json(HttpStatusCode.Created, Create(route, body!)),
        ("POST", _) => Json(HttpStatusCode.Created, Bind(route, body!)),
        ("PUT", _) => Json(HttpStatusCode.OK, Change(route, body!)),
        ("PATCH", _) => Json(HttpStatusCode.OK, Change(route, FakeStore.Merge(_store.Demand(route.Address), body!))),
        ("DELETE", _) => Json(HttpStatusCode.OK, Delete(route, body)),
        _ => throw FakeFailure.Refused(405, StatusReason.MethodNotAllowed, $"{request.Method} is not known here"),
    };

    private JsonObject Create(FakeRoute route, JsonObject body)
    {
        var metadata = body["metadata"]!.AsObject();
        if (route.Namespace is not null) metadata["namespace"] = route.Namespace;
        if (metadata["name"] is null) metadata["name"] = $"{metadata["generateName"]}{_store.Version:x5}";
        body.Remove("status");
        metadata.Remove("resourceVersion");
        var address = FakeAddress.Of(route.Kind, body);
        if (Admission?.Invoke(body) is { } refusal) throw new ApiException(refusal);
        if (_store.Get(address) is not null) throw FakeFailure.Refused(409, StatusReason.AlreadyExists, $"{route.Kind.GroupResource} `{address}` exists");
        return Publish(address, null, _store.Put(address, null, body));
    }

    private JsonObject Change(FakeRoute route, JsonObject body)
    {
        var old = _store.Demand(route.Address);
        return Publish(route.Address, old, _store.Replace(route.Address, body, route.Subresource));
    }

    private JsonObject Bind(FakeRoute route, JsonObject body)
    {
        if (route.Subresource != "binding") throw FakeFailure.Refused(404, StatusReason.NotFound, $"no subresource `{route.Subresource}`");
        var old = _store.Demand(route.Address);
        return Publish(route.Address, old, _store.Bind(route.Address, body["nodeName"]!.GetValue<string>()));
    }

    private JsonObject Delete(FakeRoute route, JsonObject? options)
    {
        var old = _store.Demand(route.Address);
        return Publish(route.Address, old, _store.Delete(route.Address, options));
    }

    private HttpResponseMessage List(FakeRoute route)
    {
        var items = new JsonArray([.. _store.List(route.Kind, route.Namespace).Where(route.Selects).Select(item => item.DeepClone())]);
        var metadata = new JsonObject { ["resourceVersion"] = _store.Version.ToString(System.Globalization.CultureInfo.InvariantCulture) };
        return Json(HttpStatusCode.OK, new JsonObject { ["apiVersion"] = route.Kind.ApiVersion, ["kind"] = route.Kind.Kind + "List", ["metadata"] = metadata, ["items"] = items });
    }

    private HttpResponseMessage Watch(FakeRoute route)
    {
        var after = long.Parse(route.Query["resourceVersion"] ?? "0", System.Globalization.CultureInfo.InvariantCulture);
        if (after < _oldest) throw FakeFailure.Expired();
        var watch = new FakeWatch(route);
        foreach (var change in _store.History.Where(change => change.Version > after)) watch.Tell(change);
        _watches.Add(watch);
        return new HttpResponseMessage(HttpStatusCode.OK) { Content = new StreamContent(watch.Stream) };
    }

    private JsonObject Publish(FakeAddress address, JsonObject? old, JsonObject now)
    {
        if (old is not null && FakeStore.VersionOf(old) == FakeStore.VersionOf(now)) return now;
        var change = new FakeChange(_store.Version, address, old, _store.Get(address) is null ? null : now, now);
        _store.History.Add(change);
        foreach (var watch in _watches) watch.Tell(change);
        return now;
    }

    private static T Typed<T>(JsonObject json) where T : ApiObject => (T)json.Deserialize(ApiJson.Lenient.GetTypeInfo(typeof(T)))!;

    private static HttpResponseMessage Json(HttpStatusCode code, JsonNode json) =>
        new(code) { Content = new StringContent(json.ToJsonString(), Encoding.UTF8, "application/json") };
}
