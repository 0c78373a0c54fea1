using Rempart.Api.Coordination;
using Rempart.Api.Core;
using Rempart.Api.Meta;
using Rempart.Controllers.Events;
using Rempart.Controllers.Nodes;
using Rempart.Controllers.Tests.Compute;
using Rempart.Testing.Api;

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

    private string Ready(string node) => _world.Api.Find<Node>(null, node)!.Status!.Conditions!.Single(condition => condition.Type == "Ready").Status;

    private void Renew(string node) => _world.Api.Seed(new Lease
    {
        Metadata = new() { Namespace = NodeLease.Namespace, Name = node },
        Spec = new() { HolderIdentity = node, LeaseDurationSeconds = 40, RenewTime = new MicroTime(_world.Time.GetUtcNow()) },
    });
}
