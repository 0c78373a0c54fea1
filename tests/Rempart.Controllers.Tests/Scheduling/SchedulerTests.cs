using Rempart.Api.Compute;
using Rempart.Api.Core;
using Rempart.Api.Infra;
using Rempart.Api.Networking;
using Rempart.Controllers.Compute;
using Rempart.Controllers.Scheduling;
using Rempart.Controllers.Tests.Compute;
using Rempart.Runtime.Conditions;
using Rempart.Testing.Api;

namespace Rempart.Controllers.Tests.Scheduling;

public sealed class SchedulerTests : IAsyncDisposable
{
    private readonly ControllerWorld _world = new(TestContext.Current.CancellationToken, MachineController.Registration, Scheduler.Registration);

    [Fact]
    public async Task A_machine_that_fits_nowhere_is_placed_when_a_host_comes()
    {
        _world.Api.Seed(MachineWorld.Image("h1"));
        _world.Api.Seed(MachineWorld.Machine("web"));
        await _world.UntilAsync("the reason", () => Status("web").Conditions.Find("Scheduled")?.Reason == "NoNodes");
        _world.Api.Seed(MachineWorld.Node("h1", _world.Time.GetUtcNow().AddHours(1)));
        await _world.UntilAsync("a host", () => Status("web").NodeName == "h1" && Status("web").Conditions.IsTrue("Scheduled"));
        Assert.Equal(1, Status("web").RunGeneration);
    }

    [Fact]
    public async Task Machines_placed_together_do_not_overfill_a_host()
    {
        _world.Api.Seed(MachineWorld.Image("h1"));
        _world.Api.Seed(MachineWorld.Node("h1", _world.Time.GetUtcNow().AddHours(1), memory: "2Gi"));
        for (var i = 0; i < 10; i++) _world.Api.Seed(MachineWorld.Machine($"m{i}"));
        await _world.UntilAsync("a word on each", () => _world.Api.All<VirtualMachine>().All(machine => machine.Status!.Conditions.Find("Scheduled") is not null));
        await _world.SettleAsync();
        Assert.Equal(3, _world.Api.All<VirtualMachine>().Count(machine => machine.Status!.NodeName == "h1"));
    }

    [Fact]
    public async Task Room_that_a_machine_leaves_is_taken()
    {
        _world.Api.Seed(MachineWorld.Image("h1"));
        _world.Api.Seed(MachineWorld.Node("h1", _world.Time.GetUtcNow().AddHours(1), memory: "1Gi"));
        var first = MachineWorld.Machine("a");
        _world.Api.Seed(first with { Status = first.Status! with { NodeName = "h1" } });
        _world.Api.Seed(MachineWorld.Machine("b"));
        await _world.UntilAsync("the reason", () => Status("b").Conditions.Find("Scheduled")?.Reason == "Unschedulable");
        using var client = _world.Api.Client();
        await client.DeleteAsync<VirtualMachine>("p", "a", null, TestContext.Current.CancellationToken);
        await client.ChangeStatusAsync(_world.Api.Find<VirtualMachine>("p", "a")!, machine => machine with
        {
            Status = machine.Status! with { Conditions = machine.Status.Conditions.With("Running", false, MachineMarks.Removed, "gone", null, _world.Time.GetUtcNow()) },
        }, TestContext.Current.CancellationToken);
        await _world.UntilAsync("the room", () => Status("b").NodeName == "h1");
    }

    [Fact]
    public async Task A_machine_on_a_physical_network_waits_for_a_host_that_is_at_it()
    {
        _world.Api.Seed(MachineWorld.Image("h1", "h2"));
        foreach (var node in (string[])["h1", "h2"]) _world.Api.Seed(MachineWorld.Node(node, _world.Time.GetUtcNow().AddHours(1)));
        var machine = MachineWorld.Machine("web");
        _world.Api.Seed(machine with { Spec = machine.Spec with { NetworkInterfaces = [new() { Name = "eth0", Network = "machines" }] } });
        await _world.UntilAsync("a word", () => Status("web").Conditions.Find("Scheduled")?.Message == "0/2 hosts fit: 2 can't be judged before network `machines` is there");
        _world.Api.Seed(new Network { Metadata = new() { Namespace = "p", Name = "machines" }, Spec = new() { Type = "Internal", Provider = new() { Network = "floor", Vlan = 120 } } });
        await _world.UntilAsync("another word", () => Status("web").Conditions.Find("Scheduled")?.Message == "0/2 hosts fit: 2 lack the provider network `floor`");
        _world.Api.Seed(new Host { Metadata = new() { Name = "h2" }, Spec = new() { Profile = "p", ProviderNetworks = [new() { Name = "floor", Device = "eth1" }] }, Status = new() { ProviderNetworks = [new() { Name = "floor", Device = "eth1", Ready = true }] } });
        await _world.UntilAsync("a host", () => Status("web").NodeName == "h2");
    }

    [Theory]
    [InlineData("status")]
    [InlineData("binding")]
    public async Task What_is_placed_is_told_though_an_answer_was_lost(string lost)
    {
        _world.Api.Seed(MachineWorld.Image("h1"));
        _world.Api.Seed(MachineWorld.Node("h1", _world.Time.GetUtcNow().AddHours(1)));
        var faults = 0;
        _world.Api.Fault = request =>
        {
            var path = request.RequestUri!.AbsolutePath;
            var (bind, tell) = (path.EndsWith("/web/binding", StringComparison.Ordinal), path.EndsWith("/web/status", StringComparison.Ordinal) && Status("web").NodeName is not null);
            if (!(lost == "binding" ? bind : tell) || ++faults > 3) return null;
            // The server has it, and its answer does not come back.
            if (bind && Status("web").NodeName is null) _world.Api.Seed(_world.Api.Find<VirtualMachine>("p", "web")! with { Status = Status("web") with { NodeName = "h1", RunGeneration = 1 } });
            return new() { Status = "Failure", Code = 503, Reason = "ServiceUnavailable", Message = "away" };
        };
        _world.Api.Seed(MachineWorld.Machine("web"));
        await _world.UntilAsync("told", () => Status("web").Conditions.IsTrue("Scheduled"));
        Assert.True(faults > 0);
        Assert.Equal("h1", Status("web").NodeName);
        await _world.UntilAsync("an event", () => _world.Api.All<Event>().Any(told => told.Reason == "Scheduled"));
        await _world.SettleAsync();
        Assert.Equal(1, Assert.Single(_world.Api.All<Event>(), told => told.Reason == "Scheduled").Count);
        Assert.Equal("placed on node `h1`", Status("web").Conditions.Find("Scheduled")!.Message);
    }

    [Fact]
    public async Task A_machine_that_should_not_run_is_placed_nowhere()
    {
        _world.Api.Seed(MachineWorld.Image("h1"));
        _world.Api.Seed(MachineWorld.Node("h1", _world.Time.GetUtcNow().AddHours(1)));
        var machine = MachineWorld.Machine("web");
        _world.Api.Seed(machine with { Spec = machine.Spec with { PowerState = PowerState.Stopped } });
        await _world.UntilAsync("its phase", () => Status("web").Phase == MachinePhase.Stopped);
        await _world.SettleAsync();
        Assert.Null(Status("web").NodeName);
    }

    public ValueTask DisposeAsync() => _world.DisposeAsync();

    private VirtualMachineStatus Status(string name) => _world.Api.Find<VirtualMachine>("p", name)!.Status!;
}
