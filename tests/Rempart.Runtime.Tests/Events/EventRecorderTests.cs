using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using Rempart.Api;
using Rempart.Api.Core;
using Rempart.Api.Meta;
using Rempart.Runtime.Events;
using Rempart.Testing.Api;
using Rempart.Testing.Time;

namespace Rempart.Runtime.Tests.Events;

public sealed class EventRecorderTests : IAsyncDisposable
{
    private readonly ManualTime _time = new();
    private readonly FakeApi _api;
    private readonly EventRecorder _recorder;
    private readonly CancellationTokenSource _stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
    private readonly Task _running;
    private static readonly ApiStatus Away = ApiException.Failure(504, StatusReason.Timeout, "no answer").Status;

    private readonly ConfigMap _map = new() { Metadata = new() { Namespace = "ns", Name = "m", Uid = "u" } };

    public EventRecorderTests()
    {
        _api = new FakeApi(_time);
        _recorder = new EventRecorder(_api.Client(), "tester", null, _time, NullLogger.Instance);
        _running = _recorder.RunAsync(_stop.Token);
    }

    [Fact]
    public async Task The_same_thing_said_again_is_counted()
    {
        for (var i = 0; i < 3; i++) _recorder.Record(_map, EventSeverity.Warning, "Failed", "no luck");
        _recorder.Record(_map, EventSeverity.Normal, "Started", "luck");
        await Eventually.HoldsAsync("two events", () => _api.All<Event>().Count == 2, _stop.Token);
        var failed = _api.All<Event>().Single(told => told.Reason == "Failed");
        Assert.Equal(3, failed.Count);
        Assert.Equal(3, failed.Series!.Count);
        Assert.Equal(_time.GetUtcNow(), failed.Series.LastObservedTime!.Value.Value);
        Assert.NotNull(failed.EventTime);
        Assert.Equal(("tester", "tester", "Failed"), (failed.ReportingComponent, failed.ReportingInstance, failed.Action));
        Assert.Null(_api.All<Event>().Single(told => told.Reason == "Started").Series);
        Assert.Equal("Warning", failed.Type);
        Assert.Equal(("ConfigMap", "ns", "m", "u"), (failed.InvolvedObject!.Kind, failed.InvolvedObject.Namespace, failed.InvolvedObject.Name, failed.InvolvedObject.Uid));
    }

    [Fact]
    public async Task An_object_that_chatters_falls_silent_and_others_are_heard()
    {
        for (var i = 0; i < 100; i++) _recorder.Record(_map, EventSeverity.Normal, "Said", $"number {i}");
        _recorder.Record(_map with { Metadata = new() { Namespace = "ns", Name = "other", Uid = "u2" } }, EventSeverity.Normal, "Said", "hello");
        await Eventually.HoldsAsync("the other's event", () => _api.All<Event>().Any(told => told.InvolvedObject!.Name == "other"), _stop.Token);
        Assert.Equal(25, _api.All<Event>().Count(told => told.InvolvedObject!.Name == "m"));
    }

    [Fact]
    public async Task A_long_message_is_cut_to_the_bytes_that_the_api_takes()
    {
        _recorder.Record(_map, EventSeverity.Normal, "Said", string.Concat(Enumerable.Repeat("é😀", 400)));
        await Eventually.HoldsAsync("the event", () => _api.All<Event>().Count == 1, _stop.Token);
        var message = _api.All<Event>().Single().Message!;
        Assert.InRange(System.Text.Encoding.UTF8.GetByteCount(message), 1019, 1024);
        Assert.DoesNotContain('\uFFFD', message);
    }

    [Fact]
    public async Task A_cluster_scoped_object_has_its_events_in_the_default_namespace()
    {
        _recorder.Record(new Node { Metadata = new() { Name = "n", Uid = "u" } }, EventSeverity.Normal, "Ready", "is ready");
        await Eventually.HoldsAsync("the event", () => _api.All<Event>().Any(told => told.Metadata.Namespace == "default"), _stop.Token);
    }

    [Fact]
    public async Task An_event_outlives_a_server_that_is_away_for_a_while()
    {
        var refused = 0;
        _api.Fault = request => request.Method == HttpMethod.Post && refused++ < 3 ? Away : null;
        _recorder.Record(_map, EventSeverity.Normal, "Scheduled", "a place was found");
        _recorder.Record(_map, EventSeverity.Normal, "Started", "luck");
        await Eventually.HoldsAsync("both events", () =>
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            return _api.All<Event>().Count == 2;
        }, _stop.Token);
        Assert.Equal(["Scheduled", "Started"], _api.All<Event>().Select(told => told.Reason!).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task An_event_whose_answer_was_lost_is_written_once()
    {
        var lost = 0;
        _api.Admission = json =>
        {
            if (lost++ > 0) return null;
            _api.Seed(json.Deserialize<Event>(ApiJson.Lenient)!);
            return Away;
        };
        _recorder.Record(_map, EventSeverity.Normal, "Scheduled", "a place was found");
        _recorder.Record(_map, EventSeverity.Normal, "Scheduled", "a place was found");
        await Eventually.HoldsAsync("the event, counted", () =>
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            return _api.All<Event>() is [{ Count: 2 }];
        }, _stop.Token);
    }

    [Fact]
    public async Task An_event_that_the_server_refuses_holds_up_no_other()
    {
        _api.Admission = json => json["reason"]!.GetValue<string>() == "Refused" ? ApiException.Failure(403, StatusReason.Forbidden, "no").Status : null;
        _recorder.Record(_map, EventSeverity.Normal, "Refused", "not to be written");
        _recorder.Record(_map, EventSeverity.Normal, "Started", "luck");
        await Eventually.HoldsAsync("the other event", () => _api.All<Event>() is [{ Reason: "Started" }], _stop.Token);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running.ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        _api.Dispose();
        _stop.Dispose();
    }
}
