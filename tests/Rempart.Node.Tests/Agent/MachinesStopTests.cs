using Rempart.Node.Agent;
using Rempart.Node.Tests.Machines;
using Rempart.Node.Workloads;
using Rempart.Testing.Time;

namespace Rempart.Node.Tests.Agent;

public sealed class MachinesStopTests
{
    private readonly ManualTime _time = new();
    private readonly List<string> _said = [];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Guests_that_obey_end_as_stopped_and_are_started_again_by_the_next_agent_whatever_their_policy()
    {
        var machines = new FakeMachines(_time);
        var uid = await StartedAsync(machines);
        await StartedAsync(machines);

        Assert.True(await Stop(machines, 90).RunAsync(TimeSpan.FromHours(1), Cancellation));

        Assert.Equal((WorkloadPhase.Stopped, ExitReason.Stopped), (machines[uid].Phase, machines[uid].Exit!.Reason));
        Assert.Equal(2, _said.Count(line => line.EndsWith(": powered off", StringComparison.Ordinal)));
        var machine = MachineDecisionTests.Any with { Spec = MachineDecisionTests.Any.Spec with { RestartPolicy = Api.Compute.RestartPolicy.Never } };
        Assert.IsType<MachineAction.Start>(MachineDecision.Decide(machine, machines[uid], new MachineNotes(), _time.GetUtcNow()).Action);
    }

    [Fact]
    public async Task One_that_does_not_obey_is_cut_off_when_its_own_time_is_over()
    {
        var machines = new FakeMachines(_time) { GuestsObey = false };
        var uid = await StartedAsync(machines);

        var stopped = Stop(machines, 30).RunAsync(TimeSpan.FromHours(1), Cancellation);
        await Eventually.HoldsAsync("a line of progress", () => _said.Contains("::progress 1 of 1 machines power off; cut off in 30 s"), Cancellation);
        Assert.True(machines[uid].IsRunning);
        await Eventually.HoldsAsync("the end", _time, TimeSpan.FromSeconds(1), () => stopped.IsCompleted, Cancellation);

        Assert.True(await stopped);
        Assert.Equal(ExitReason.Killed, machines[uid].Exit!.Reason);
        Assert.Contains(_said, line => line.StartsWith($"{uid}: cut off", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Who_is_in_a_hurry_waits_for_nobody()
    {
        var machines = new FakeMachines(_time) { GuestsObey = false };
        var uid = await StartedAsync(machines);

        Assert.True(await Stop(machines, 90).RunAsync(TimeSpan.Zero, Cancellation));

        Assert.Equal(ExitReason.Killed, machines[uid].Exit!.Reason);
    }

    [Fact]
    [Trait("level", "real")]
    public async Task A_real_guest_is_powered_off_by_a_driver_that_did_not_start_it()
    {
        await using var host = new JailHost();
        var uid = JailHost.NewUid();
        var agent = host.NewDriver();
        await JailHost.ReadyMachineAsync(agent, uid, Cancellation);
        await agent.DisposeAsync();

        var driver = host.NewDriver();
        Assert.True(await new MachinesStop(driver, _ => TimeSpan.FromMinutes(5), _said.Add, TimeProvider.System).RunAsync(TimeSpan.FromHours(1), Cancellation));

        var state = await driver.InspectAsync(uid, Cancellation);
        Assert.Equal((WorkloadPhase.Stopped, ExitReason.Stopped), (state.Phase, state.Exit!.Reason));
    }

    private static async Task<string> StartedAsync(FakeMachines machines)
    {
        var launch = await MicroGuest.LaunchAsync(JailHost.NewUid(), Cancellation);
        await machines.StartAsync(launch, Cancellation);
        return launch.Uid;
    }

    private MachinesStop Stop(FakeMachines machines, int grace) => new(machines, _ => TimeSpan.FromSeconds(grace), line => _said.Add(line), _time);
}
