using Rempart.Api.Meta;
using Rempart.ApiServer.Flow;
using Rempart.Testing.Time;

namespace Rempart.ApiServer.Tests.Flow;

/// <summary>Places at one level: shared out among clients, bounded, and given back.</summary>
public sealed class FlowGateTests
{
    private static readonly FlowKind Read = new(Stream: false, Recorded: false);
    private static readonly FlowKind Write = new(Stream: false, Recorded: true);
    private static readonly FlowKind Watch = new(Stream: true, Recorded: false);

    private readonly ManualTime time = new();

    private static FlowLevel Level => new("test") { Seats = 2, SeatsOfClient = 1, Waiting = 3, WaitingOfClient = 2, StreamsOfClient = 2, Streams = 3 };

    [Fact]
    public async Task Clients_take_turns_and_not_requests()
    {
        var gate = new FlowGate(Level with { Seats = 1 }, time);
        var first = await gate.EnterAsync("busy", Read, CancellationToken.None);
        var second = gate.EnterAsync("busy", Read, CancellationToken.None).AsTask();
        var third = gate.EnterAsync("busy", Read, CancellationToken.None).AsTask();
        var other = gate.EnterAsync("other", Read, CancellationToken.None).AsTask();

        first.Dispose();
        (await Soon(other)).Dispose();
        (await Soon(second)).Dispose();
        (await Soon(third)).Dispose();
        first.Dispose();

        // All places are free again, once each.
        using var last = await gate.EnterAsync("busy", Read, CancellationToken.None);
        Assert.False(gate.EnterAsync("other", Read, CancellationToken.None).AsTask().IsCompleted);
    }

    [Fact]
    public async Task One_client_does_not_take_all_places()
    {
        var gate = new FlowGate(Level, time);
        using var first = await gate.EnterAsync("busy", Read, CancellationToken.None);
        var second = gate.EnterAsync("busy", Read, CancellationToken.None).AsTask();
        var third = gate.EnterAsync("busy", Read, CancellationToken.None).AsTask();
        Assert.False(second.IsCompleted);
        Assert.Contains("`busy`", (await RefusedAsync(gate, "busy", Read)).Status.Message, StringComparison.Ordinal);
        using var other = await gate.EnterAsync("other", Read, CancellationToken.None);
        Assert.False(third.IsCompleted);
    }

    [Fact]
    public async Task Each_refusal_is_counted_by_level_and_reason()
    {
        var counted = new System.Collections.Concurrent.ConcurrentQueue<string>();
        using var listener = new System.Diagnostics.Metrics.MeterListener();
        listener.InstrumentPublished = (instrument, to) =>
        {
            if (instrument.Name == "apiserver_rejected_requests_total") to.EnableMeasurementEvents(instrument);
        };
        listener.SetMeasurementEventCallback<long>((_, _, tags, _) =>
        {
            if (tags.ToArray() is [{ Value: "counted" }, { Key: "reason", Value: string reason }]) counted.Enqueue(reason);
        });
        listener.Start();
        var gate = new FlowGate(Level with { Name = "counted", Seats = 1, WaitingOfClient = 1, StreamsOfClient = 0 }, time);
        using var held = await gate.EnterAsync("a", Read, CancellationToken.None);
        var late = gate.EnterAsync("a", Read, CancellationToken.None).AsTask();
        await RefusedAsync(gate, "a", Read);
        await RefusedAsync(gate, "a", Watch);
        time.Advance(TimeSpan.FromSeconds(16));
        await Assert.ThrowsAsync<ApiException>(() => late);
        Assert.Equal(["queue-full", "streams", "time-out"], counted);
    }

    [Fact]
    public async Task Who_waited_too_long_or_left_gives_its_place_up()
    {
        var gate = new FlowGate(Level with { Seats = 1, WaitingOfClient = 1 }, time);
        var held = await gate.EnterAsync("a", Read, CancellationToken.None);
        var late = gate.EnterAsync("b", Watch, CancellationToken.None).AsTask();
        time.Advance(TimeSpan.FromSeconds(16));
        Assert.Equal(429, (await Assert.ThrowsAsync<ApiException>(() => late)).Code);

        using var leave = new CancellationTokenSource();
        var gone = gate.EnterAsync("b", Watch, leave.Token).AsTask();
        await leave.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => gone);

        held.Dispose();
        using var free = await gate.EnterAsync("c", Read, CancellationToken.None);
    }

    [Fact]
    public async Task A_stream_gives_its_seat_back_and_is_counted_until_it_ends()
    {
        var gate = new FlowGate(Level with { Seats = 1 }, time);
        var first = await gate.EnterAsync("a", Watch, CancellationToken.None);
        first.GoOn();
        var second = await gate.EnterAsync("a", Watch, CancellationToken.None);
        second.GoOn();
        Assert.Equal(429, (await RefusedAsync(gate, "a", Watch)).Code);
        (await gate.EnterAsync("a", Read, CancellationToken.None)).Dispose();

        first.Dispose();
        first.Dispose();
        using var again = await gate.EnterAsync("a", Watch, CancellationToken.None);
        Assert.Equal(429, (await RefusedAsync(gate, "a", Watch)).Code);
    }

    [Fact]
    public async Task Too_often_is_refused_with_the_time_to_come_again()
    {
        var gate = new FlowGate(Level with { Requests = new FlowRate(1, 3), Recorded = new FlowRate(0.1, 1) }, time);
        (await gate.EnterAsync("a", Write, CancellationToken.None)).Dispose();
        Assert.Equal(10, (await RefusedAsync(gate, "a", Write)).Status.Details!.RetryAfterSeconds);
        (await gate.EnterAsync("a", Read, CancellationToken.None)).Dispose();
        (await gate.EnterAsync("a", Read, CancellationToken.None)).Dispose();
        Assert.Equal(1, (await RefusedAsync(gate, "a", Read)).Status.Details!.RetryAfterSeconds);
        (await gate.EnterAsync("b", Write, CancellationToken.None)).Dispose();

        time.Advance(TimeSpan.FromSeconds(1));
        (await gate.EnterAsync("a", Read, CancellationToken.None)).Dispose();
        Assert.Equal(429, (await RefusedAsync(gate, "a", Read)).Code);
    }

    [Fact]
    public async Task Clients_without_end_share_what_one_may_have()
    {
        var gate = new FlowGate(Level with { Clients = 10, Requests = new FlowRate(1, 2) }, time);
        for (var i = 0; i < 10; i++) (await gate.EnterAsync($"c{i}", Read, CancellationToken.None)).Dispose();
        for (var i = 0; i < 2; i++) (await gate.EnterAsync($"d{i}", Read, CancellationToken.None)).Dispose();
        Assert.Contains("`others`", (await RefusedAsync(gate, "d2", Read)).Status.Message, StringComparison.Ordinal);

        // Those that have been quiet are forgotten.
        time.Advance(TimeSpan.FromSeconds(5));
        (await gate.EnterAsync("d2", Read, CancellationToken.None)).Dispose();
        (await gate.EnterAsync("d2", Read, CancellationToken.None)).Dispose();
        Assert.Contains("`d2`", (await RefusedAsync(gate, "d2", Read)).Status.Message, StringComparison.Ordinal);
    }

    private static Task<FlowPermit> Soon(Task<FlowPermit> permit) => permit.WaitAsync(TimeSpan.FromSeconds(30));

    private static Task<ApiException> RefusedAsync(FlowGate gate, string client, FlowKind kind) =>
        Assert.ThrowsAsync<ApiException>(() => gate.EnterAsync(client, kind, CancellationToken.None).AsTask());
}
