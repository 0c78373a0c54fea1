using Microsoft.Extensions.Logging.Abstractions;
using Rempart.Api.Client;
using Rempart.Api.Core;
using Rempart.Api.Meta;
using Rempart.Runtime.Informers;
using Rempart.Testing.Api;
using Rempart.Testing.Time;

namespace Rempart.Runtime.Tests.Informers;

public sealed class InformerTests : IAsyncDisposable
{
    private readonly ManualTime _time = new();
    private readonly FakeApi _api;
    private readonly ApiClient _client;
    private readonly Informer<ConfigMap> _informer;
    private readonly CancellationTokenSource _stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
    private readonly List<string> _changes = [];
    private Task _running = Task.CompletedTask;

    public InformerTests()
    {
        _api = new FakeApi(_time);
        _client = _api.Client();
        _informer = new Informer<ConfigMap>(_client, ListQuery.All, _time, NullLogger.Instance);
        _informer.Cache.Subscribe((old, now) =>
        {
            lock (_changes) _changes.Add((old, now) switch { (null, _) => $"+{now!.Metadata.Name}", (_, null) => $"-{old.Metadata.Name}", _ => $"~{now.Metadata.Name}" });
        });
    }

    [Fact]
    public async Task It_knows_what_was_there_and_follows_what_comes()
    {
        Seed("a", "1");
        await StartAsync();
        Assert.Equal("1", _informer.Cache.Get(new("ns", "a"))!.Data!["v"]);
        Seed("b", "1");
        Seed("a", "2");
        await _client.DeleteAsync<ConfigMap>("ns", "b", null, _stop.Token);
        await SeesAsync("+a", "+b", "~a", "-b");
    }

    [Fact]
    public async Task After_a_compaction_it_lists_again_and_tells_the_difference()
    {
        Seed("a", "1");
        Seed("b", "1");
        await StartAsync();
        _api.Disconnect();
        await _client.DeleteAsync<ConfigMap>("ns", "a", null, _stop.Token);
        Seed("b", "2");
        Seed("c", "1");
        _api.Compact();
        await Eventually.HoldsAsync("c in the cache", _time, TimeSpan.FromSeconds(1), () => _informer.Cache.Get(new("ns", "c")) is not null, _stop.Token);
        Assert.Null(_informer.Cache.Get(new("ns", "a")));
        Assert.Equal("2", _informer.Cache.Get(new("ns", "b"))!.Data!["v"]);
        Assert.Equal("+a +b -a ~b +c", string.Join(' ', _changes));
    }

    [Fact]
    public async Task A_broken_connection_goes_on_where_it_stopped()
    {
        await StartAsync();
        _api.Disconnect();
        Seed("a", "1");
        await Eventually.HoldsAsync("a in the cache", _time, TimeSpan.FromSeconds(1), () => _informer.Cache.Get(new("ns", "a")) is not null, _stop.Token);
        Assert.Single(_api.Requests.FindAll(request => request == "GET /api/v1/configmaps"), "GET /api/v1/configmaps");
    }

    [Fact]
    public async Task An_api_that_refuses_is_asked_again_until_it_answers()
    {
        _api.Fault = _ => new ApiStatus { Status = "Failure", Code = 403, Reason = StatusReason.Forbidden, Message = "not yet" };
        Seed("a", "1");
        _running = _informer.RunAsync(_stop.Token);
        await Eventually.HoldsAsync("three attempts", _time, TimeSpan.FromSeconds(10), () => _api.Requests.Count >= 3, _stop.Token);
        _api.Fault = null;
        await Eventually.HoldsAsync("a in the cache", _time, TimeSpan.FromSeconds(10), () => _informer.Cache.Get(new("ns", "a")) is not null, _stop.Token);
    }

    [Fact]
    public async Task Objects_are_found_by_namespace_owner_and_index()
    {
        _informer.Cache.AddIndex("v", map => [map.Data!["v"]]);
        Seed("a", "1");
        Seed("b", "2");
        _api.Seed(Map("other", "c", "2") with { Metadata = new() { Namespace = "other", Name = "c", OwnerReferences = [new() { ApiVersion = "v1", Kind = "ConfigMap", Name = "x", Uid = "u1" }] } });
        await StartAsync();
        Assert.Equal(["a", "b"], Names(_informer.Cache.List("ns")));
        Assert.Equal(["b", "c"], Names(_informer.Cache.ByIndex("v", "2")));
        Assert.Equal(["c"], Names(_informer.Cache.OwnedBy("u1")));
        Seed("b", "3");
        await Eventually.HoldsAsync("b with 3", () => _informer.Cache.ByIndex("v", "3").Count == 1, _stop.Token);
        Assert.Equal(["c"], Names(_informer.Cache.ByIndex("v", "2")));
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running.ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        _client.Dispose();
        _api.Dispose();
        _stop.Dispose();
    }

    private static IEnumerable<string> Names(IEnumerable<ConfigMap> maps) => maps.Select(map => map.Metadata.Name!).Order();

    private static ConfigMap Map(string ns, string name, string value) => new() { Metadata = new() { Namespace = ns, Name = name }, Data = new Dictionary<string, string> { ["v"] = value } };

    private void Seed(string name, string value) => _api.Seed(Map("ns", name, value));

    private async Task StartAsync()
    {
        _running = _informer.RunAsync(_stop.Token);
        await _informer.WaitForSyncAsync(_stop.Token);
        await Eventually.HoldsAsync("a watch", () => _api.Requests.Count >= 2, _stop.Token);
    }

    private Task SeesAsync(params string[] changes) => Eventually.HoldsAsync(string.Join(' ', changes), () =>
    {
        lock (_changes) return _changes.SequenceEqual(changes);
    }, _stop.Token);
}
