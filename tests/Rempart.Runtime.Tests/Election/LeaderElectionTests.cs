using System.Collections.Concurrent;
using Microsoft.Extensions.Logging.Abstractions;
using Rempart.Api.Client;
using Rempart.Api.Coordination;
using Rempart.Api.Meta;
using Rempart.Runtime.Election;
using Rempart.Testing.Api;
using Rempart.Testing.Time;

namespace Rempart.Runtime.Tests.Election;

/// <summary>Candidates <c>a</c> and <c>b</c> over one API, on a clock of the test's.</summary>
public sealed class LeaderElectionTests : IDisposable
{
    private readonly ManualTime _time = new();
    private readonly FakeApi _api;
    private readonly ConcurrentQueue<string> _told = new();

    public LeaderElectionTests() => _api = new FakeApi(_time);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private LeaseSpec? Spec => _api.Find<Lease>("kube-system", "leader")?.Spec;

    [Fact]
    public async Task One_leads_and_who_stops_hands_over_at_once()
    {
        await using var a = Stand("a");
        await UntilAsync("a leads", () => _told.Contains("a leads 0"));
        await using var b = Stand("b");
        // Much longer than the lease lasts: a renews it.
        for (var i = 0; i < 30; i++) await RenewedAsync();
        Assert.DoesNotContain(_told, word => word.StartsWith("b leads", StringComparison.Ordinal));
        Assert.StartsWith("a_", Spec!.HolderIdentity, StringComparison.Ordinal);

        await a.DisposeAsync();
        Assert.Equal((null, 1, 0), (Spec.HolderIdentity, Spec.LeaseDurationSeconds, Spec.LeaseTransitions));
        var began = _time.GetUtcNow();
        await UntilAsync("b leads", () => _told.Contains("b leads 1"));
        // A second of the lease that was given back, and a try: not the 15 s that a lease lasts.
        Assert.InRange(_time.GetUtcNow() - began, TimeSpan.Zero, TimeSpan.FromSeconds(14));
        Assert.Equal(["a leads 0", "a ends", "b leads 1"], _told);
    }

    [Fact]
    public async Task Who_can_not_renew_stops_before_another_begins()
    {
        var cut = false;
        await using var a = Stand("a", () => cut);
        await UntilAsync("a leads", () => _told.Contains("a leads 0"));
        await using var b = Stand("b");
        for (var i = 0; i < 3; i++) await RenewedAsync();
        cut = true;
        await UntilAsync("b leads", () => _told.Contains("b leads 1"));
        Assert.Equal(["a leads 0", "a ends", "b leads 1"], _told);
        cut = false;
        for (var i = 0; i < 10; i++) await RenewedAsync();
        Assert.Equal(3, _told.Count);
        await b.DisposeAsync();
        await UntilAsync("a leads again", () => _told.Contains("a leads 2"));
    }

    [Fact]
    public async Task A_term_that_is_taken_away_ends_at_the_next_renewal()
    {
        await using var a = Stand("a");
        await UntilAsync("a leads", () => _told.Contains("a leads 0"));
        using var client = _api.Client();
        var lease = (await client.FindAsync<Lease>("kube-system", "leader", Stop))!;
        await client.UpdateAsync(lease with { Spec = lease.Spec! with { HolderIdentity = "thief", LeaseTransitions = 1 } }, Stop);
        await UntilAsync("a ends", () => _told.Contains("a ends"));
        // The thief never renews; its clock may be years away, its silence counts.
        await UntilAsync("a leads again", () => _told.Contains("a leads 2"));
    }

    [Fact]
    public async Task A_candidate_whose_store_nobody_else_can_open_waits_for_no_predecessor()
    {
        _api.Seed(new Lease { Metadata = new() { Namespace = "kube-system", Name = "leader" }, Spec = new() { HolderIdentity = "killed", LeaseTransitions = 6, LeaseDurationSeconds = 15, RenewTime = new MicroTime(_time.GetUtcNow()) } });
        await using var a = Stand("a", alone: true);
        await Eventually.HoldsAsync("a leads, on a clock that stands", () => _told.Contains("a leads 7"), Stop);
    }

    [Fact]
    public async Task A_leader_that_fails_gives_the_lease_back_and_ends()
    {
        using var client = _api.Client();
        var election = new LeaderElection(client, new ElectionSettings { Lease = "leader", Candidate = "a" }, _time, NullLogger<LeaderElection>.Instance);
        await Assert.ThrowsAsync<InvalidDataException>(() => election.RunAsync((_, _) => throw new InvalidDataException("a surprise"), Stop));
        Assert.Null(Spec!.HolderIdentity);
    }

    public void Dispose() => _api.Dispose();

    private Candidacy Stand(string name, Func<bool>? isCut = null, bool alone = false)
    {
        var stop = CancellationTokenSource.CreateLinkedTokenSource(Stop);
        var client = new ApiClient(new HttpClient(new Cut(_api, isCut ?? (() => false)), disposeHandler: false) { BaseAddress = new Uri("https://api.test"), Timeout = Timeout.InfiniteTimeSpan }, _time);
        var election = new LeaderElection(client, new ElectionSettings { Lease = "leader", Candidate = name, Alone = alone }, _time, NullLogger<LeaderElection>.Instance);
        return new Candidacy(stop, client, election.RunAsync(async (token, cancel) =>
        {
            Assert.StartsWith($"{name}_", token.Holder, StringComparison.Ordinal);
            _told.Enqueue($"{name} leads {token.Transitions}");
            await Task.Delay(Timeout.Infinite, cancel).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            _told.Enqueue($"{name} ends");
            cancel.ThrowIfCancellationRequested();
        }, stop.Token));
    }

    private Task UntilAsync(string what, Func<bool> condition) => Eventually.HoldsAsync(what, _time, TimeSpan.FromMilliseconds(250), condition, Stop);

    // The clock stands still until the leader has renewed its lease: a busy machine must not end its term.
    private async Task RenewedAsync()
    {
        var before = Spec!.RenewTime;
        await Eventually.HoldsAsync("a renewal", () =>
        {
            if (Spec!.RenewTime != before) return true;
            if (_time.GetUtcNow() - before!.Value.Value < TimeSpan.FromSeconds(4)) _time.Advance(TimeSpan.FromMilliseconds(500));
            return false;
        }, Stop);
    }

    private sealed class Cut(HttpMessageHandler inner, Func<bool> isCut) : DelegatingHandler(inner)
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
            isCut() ? throw new HttpRequestException("nobody is there") : base.SendAsync(request, cancellationToken);
    }

    private sealed class Candidacy(CancellationTokenSource stop, ApiClient client, Task running) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync()
        {
            if (running.IsCompleted && stop.IsCancellationRequested) return;
            await stop.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
            client.Dispose();
        }
    }
}
