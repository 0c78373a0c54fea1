using Rempart.Api.Coordination;
using Rempart.Api.Core;
using Rempart.Api.Meta;
using Rempart.Controllers.Events;
using Rempart.Controllers.Nodes;
using Rempart.Controllers.Tests.Compute;
using Rempart.Policy.Placement;
using Rempart.Testing.Api;
using Rempart.Testing.Time;

namespace Rempart.Controllers.Tests.Nodes;

public sealed class NodeLifecycleControllerTests : IAsyncDisposable
{
    private readonly ControllerWorld _world = new(TestContext.Current.CancellationToken, NodeLifecycleController.Registration, EventExpiryController.Registration);

    [Fact]
    public async Task A_node_that_renews_its_lease_stays_ready_and_one_that_stops_is_unknown()
    {
        _world.Api.Seed(MachineWorld.Node("h1", _world.Time.GetUtcNow()));
        for (var i = 0; i < 10; i++)
        {
            Renew("h1");
            await _world.SettleAsync();
            Assert.Equal("True", Ready("h1"));
        }
        await _world.UntilAsync("unknown", () => Ready("h1") == "Unknown");
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(1)]
    public async Task A_node_whose_clock_is_wrong_is_as_alive_as_its_renewals(int hours)
    {
        Renew("h1", hours);
        _world.Api.Seed(MachineWorld.Node("h1", _world.Time.GetUtcNow().AddHours(-2)));
        for (var i = 0; i < 8; i++)
        {
            Renew("h1", hours);
            await _world.SettleAsync();
            Assert.Equal("True", Ready("h1"));
        }

        var last = _world.Time.GetUtcNow();
        await _world.UntilAsync("unknown", () => Ready("h1") == "Unknown");
        Assert.InRange(_world.Time.GetUtcNow() - last, TimeSpan.FromSeconds(20), TimeSpan.FromMinutes(10));
    }

    [Fact]
    public async Task A_node_that_was_cut_off_from_us_alone_stays_ready()
    {
        Renew("h1");
        _world.Api.Seed(MachineWorld.Node("h1", _world.Time.GetUtcNow().AddHours(-2)));
        await _world.SettleAsync();
        var asked = 0;
        // Leases are not shown; asked for by name they are.
        _world.Api.Fault = request =>
        {
            var path = request.RequestUri!.AbsolutePath;
            if (path.EndsWith("/leases/h1", StringComparison.Ordinal)) asked++;
            return path.EndsWith("/leases", StringComparison.Ordinal) ? new() { Status = "Failure", Code = 503, Reason = "ServiceUnavailable", Message = "away" } : null;
        };
        _world.Api.Disconnect();
        for (var i = 0; i < 3; i++)
        {
            Renew("h1");
            await _world.UntilAsync("asked for", () => asked > i);
            Assert.Equal("True", Ready("h1"));
        }

        await _world.UntilAsync("unknown", () => Ready("h1") == "Unknown");
    }

    [Fact]
    public async Task Machines_are_kept_away_from_a_node_that_is_silent_or_not_ready_and_other_taints_stay()
    {
        var node = MachineWorld.Node("h1", _world.Time.GetUtcNow());
        _world.Api.Seed(node with
        {
            Spec = (node.Spec ?? new()) with { Taints = [new Taint { Key = "example.com/mine", Effect = "NoSchedule" }] },
            Status = node.Status! with { Conditions = [.. node.Status.Conditions!, new NodeCondition { Type = "DiskPressure", Status = "False" }] },
        });
        await _world.UntilAsync("unreachable", () => Keys().SequenceEqual(["example.com/mine", "node.kubernetes.io/unreachable"]));
        Assert.Equal("Unknown", Condition("DiskPressure"));

        Renew("h1");
        Say("Ready", "False");
        await HoldsAsync("not ready", () => Keys().SequenceEqual(["example.com/mine", "node.kubernetes.io/not-ready"]));
        Renew("h1");
        Say("Ready", "True");
        await HoldsAsync("the taint of others alone", () => Keys().SequenceEqual(["example.com/mine"]));
        await _world.UntilAsync("events", () => new HashSet<string?>(["NodeStatusUnknown", "NodeNotReady", "NodeReady"]).IsSubsetOf(_world.Api.All<Event>().Select(told => told.Reason)));
    }

    [Fact]
    public async Task A_node_whose_agent_never_said_anything_says_so()
    {
        var node = MachineWorld.Node("h1", _world.Time.GetUtcNow());
        _world.Api.Seed(node with { Status = new() });
        await HoldsAsync("not ready", () => Keys().SequenceEqual(["node.kubernetes.io/not-ready"]));
        await _world.UntilAsync("unknown", () => _world.Api.Find<Node>(null, "h1")!.Status!.Conditions?.SingleOrDefault() is { Status: "Unknown", Reason: "NodeStatusNeverUpdated" });
        await _world.UntilAsync("unreachable", () => Keys().SequenceEqual(["node.kubernetes.io/unreachable"]));
    }

    [Fact]
    public async Task An_event_goes_an_hour_after_it_was_last_seen()
    {
        var now = _world.Time.GetUtcNow();
        _world.Api.Seed(new Event { Metadata = new() { Namespace = "p", Name = "old" }, LastTimestamp = now.AddMinutes(-59) });
        _world.Api.Seed(new Event { Metadata = new() { Namespace = "p", Name = "ahead" }, LastTimestamp = now.AddDays(400) });
        _world.Api.Seed(new Event { Metadata = new() { Namespace = "p", Name = "new" }, LastTimestamp = now });
        await _world.UntilAsync("one less", () => _world.Api.Find<Event>("p", "old") is null);
        Assert.NotNull(_world.Api.Find<Event>("p", "new"));
        _world.Time.Advance(TimeSpan.FromMinutes(50));
        await _world.UntilAsync("no old event", () => _world.Api.Find<Event>("p", "new") is null);
    }

    public ValueTask DisposeAsync() => _world.DisposeAsync();

    private static Task HoldsAsync(string what, Func<bool> condition) => Eventually.HoldsAsync(what, condition, TestContext.Current.CancellationToken);

    private IEnumerable<string> Keys() => _world.Api.Find<Node>(null, "h1")!.Spec?.Taints?.Select(taint => taint.Key) ?? [];

    private string? Condition(string type) => _world.Api.Find<Node>(null, "h1")!.Status!.Conditions!.FirstOrDefault(condition => condition.Type == type)?.Status;

    private void Say(string type, string status)
    {
        var node = _world.Api.Find<Node>(null, "h1")!;
        _world.Api.Seed(node with { Status = node.Status! with { Conditions = [.. node.Status.Conditions!.Where(condition => condition.Type != type), new NodeCondition { Type = type, Status = status }] } });
    }

    private string Ready(string node) => _world.Api.Find<Node>(null, node)!.Status!.Conditions!.Single(condition => condition.Type == "Ready").Status;

    private void Renew(string node, int hours = 0) => _world.Api.Seed(new Lease
    {
        Metadata = new() { Namespace = HostLease.Namespace, Name = node },
        Spec = new() { HolderIdentity = node, LeaseDurationSeconds = 40, RenewTime = new MicroTime(_world.Time.GetUtcNow().AddHours(hours)) },
    });
}
