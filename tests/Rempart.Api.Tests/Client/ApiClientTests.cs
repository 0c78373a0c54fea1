using Rempart.Api.Client;
using Rempart.Api.Core;
using Rempart.Api.Meta;
using Rempart.Testing.Api;
using Rempart.Testing.Time;

namespace Rempart.Api.Tests.Client;

public sealed class ApiClientTests : IDisposable
{
    private readonly ManualTime _time = new();
    private readonly FakeApi _api;
    private readonly ApiClient _client;

    public ApiClientTests()
    {
        _api = new FakeApi(_time);
        _client = _api.Client();
    }

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_object_is_created_read_changed_and_deleted()
    {
        var made = await _client.CreateAsync(new ConfigMap { Metadata = new() { Namespace = "p", Name = "m" }, Data = new Dictionary<string, string> { ["a"] = "1" } }, Stop);
        Assert.Equal(("v1", "ConfigMap"), (made.ApiVersion, made.Kind));
        var changed = await _client.UpdateAsync(made with { Data = new Dictionary<string, string> { ["a"] = "2" } }, Stop);
        Assert.NotEqual(made.Metadata.ResourceVersion, changed.Metadata.ResourceVersion);
        var patched = await _client.PatchAsync<ConfigMap>("p", "m", ApiPatch.Merge(new() { ["data"] = new System.Text.Json.Nodes.JsonObject { ["b"] = "3" } }), null, Stop);
        Assert.Equal(["a=2", "b=3"], patched.Data!.Select(entry => $"{entry.Key}={entry.Value}").Order());
        await _client.DeleteAsync<ConfigMap>("p", "m", null, Stop);
        Assert.Null(await _client.FindAsync<ConfigMap>("p", "m", Stop));
        await _client.DeleteAsync<ConfigMap>("p", "m", null, Stop);
    }

    [Fact]
    public async Task A_refusal_has_the_servers_words()
    {
        _api.Seed(new ConfigMap { Metadata = new() { Namespace = "p", Name = "m" } });
        var taken = await Assert.ThrowsAsync<ApiException>(() => _client.CreateAsync(new ConfigMap { Metadata = new() { Namespace = "p", Name = "m" } }, Stop));
        Assert.Equal((409, StatusReason.AlreadyExists), (taken.Code, taken.Status.Reason));
        var old = await _client.GetAsync<ConfigMap>("p", "m", Stop);
        _api.Seed(old with { Data = new Dictionary<string, string> { ["a"] = "1" } });
        var conflict = await Assert.ThrowsAsync<ApiException>(() => _client.UpdateAsync(old with { Data = null }, Stop));
        Assert.Equal(StatusReason.Conflict, conflict.Status.Reason);
    }

    [Fact]
    public async Task A_busy_server_is_asked_again_as_late_as_it_wants()
    {
        var refusals = 2;
        _api.Fault = _ => refusals-- > 0 ? new ApiStatus { Status = "Failure", Code = 429, Reason = StatusReason.TooManyRequests, Message = "later", Details = new() { RetryAfterSeconds = 7 } } : null;
        var made = _client.CreateAsync(new ConfigMap { Metadata = new() { Namespace = "p", Name = "m" } }, Stop);
        await Eventually.HoldsAsync("a first refusal", () => _api.Requests.Count == 1, Stop);
        await Eventually.HoldsAsync("the object", _time, TimeSpan.FromSeconds(1), () => made.IsCompleted, Stop);
        Assert.Equal("m", (await made).Metadata.Name);
        Assert.Equal(3, _api.Requests.Count);
        Assert.True(_time.GetUtcNow() - new ManualTime().GetUtcNow() >= TimeSpan.FromSeconds(14));
    }

    [Fact]
    public async Task Patience_ends()
    {
        _api.Fault = _ => new ApiStatus { Status = "Failure", Code = 503, Reason = StatusReason.ServiceUnavailable, Message = "the audit trail can't be written" };
        var asked = _client.GetAsync<ConfigMap>("p", "m", Stop);
        await Eventually.HoldsAsync("the end", _time, TimeSpan.FromSeconds(1), () => asked.IsCompleted, Stop);
        var refused = await Assert.ThrowsAsync<ApiException>(() => asked);
        Assert.Equal((503, "the audit trail can't be written"), (refused.Code, refused.Message));
        Assert.Equal(5, _api.Requests.Count);
    }

    [Fact]
    public async Task A_server_that_is_not_there_is_a_status_too()
    {
        using var client = ApiClient.Connect(new ApiConnection { Server = new Uri("https://127.0.0.1:1") }, _time);
        var asked = client.CreateAsync(new ConfigMap { Metadata = new() { Namespace = "p", Name = "m" } }, Stop);
        var refused = await Assert.ThrowsAsync<ApiException>(() => asked);
        Assert.Equal((503, StatusReason.ServiceUnavailable), (refused.Code, refused.Status.Reason));
    }

    [Fact]
    public async Task A_connection_that_is_reset_as_soon_as_it_is_there_is_a_server_that_can_not_be_reached()
    {
        using var http = new HttpClient(new Resetting()) { BaseAddress = new Uri("https://api.test") };
        using var client = new ApiClient(http, TimeProvider.System);
        using var request = new HttpRequestMessage(HttpMethod.Get, "/version");
        Assert.Equal(503, (await Assert.ThrowsAsync<ApiException>(() => client.OpenAsync(request, Stop))).Code);
    }

    /// <summary>As .NET's own handler then does: it lets the socket's exception through.</summary>
    private sealed class Resetting : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
            throw new System.Net.Sockets.SocketException((int)System.Net.Sockets.SocketError.NotConnected);
    }

    [Fact]
    public async Task A_watch_begins_behind_a_version_survives_a_broken_connection_and_ends_with_410()
    {
        _api.Seed(new ConfigMap { Metadata = new() { Namespace = "p", Name = "a" } });
        var list = await _client.ListAllAsync<ConfigMap>(ListQuery.All, Stop);
        var seen = new List<string>();
        var watching = WatchAsync();
        await Eventually.HoldsAsync("a watch", () => _api.Requests.Count == 2, Stop);
        _api.Seed(new ConfigMap { Metadata = new() { Namespace = "p", Name = "b" } });
        await Eventually.HoldsAsync("b", () => Count() == 1, Stop);
        _api.Disconnect();
        _api.Seed(new ConfigMap { Metadata = new() { Namespace = "p", Name = "c" } });
        await Eventually.HoldsAsync("c", _time, TimeSpan.FromSeconds(1), () => Count() == 2, Stop);
        _api.Compact();
        var expired = await Assert.ThrowsAsync<ApiException>(() => watching);
        Assert.Equal((410, "Added b, Added c"), (expired.Code, string.Join(", ", seen)));

        async Task WatchAsync()
        {
            await foreach (var change in _client.WatchAsync<ConfigMap>(new ListQuery { ResourceVersion = list.Metadata.ResourceVersion }, Stop))
            {
                lock (seen) seen.Add($"{change.Type} {change.Object?.Metadata.Name}");
            }
        }

        int Count()
        {
            lock (seen) return seen.Count;
        }
    }

    public void Dispose()
    {
        _client.Dispose();
        _api.Dispose();
    }
}
