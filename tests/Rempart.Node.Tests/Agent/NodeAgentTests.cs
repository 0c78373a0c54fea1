using Rempart.Api.Compute;
using Rempart.Api.Core;
using Rempart.Api.Storage;
using Rempart.Linux;
using Rempart.Node.Agent;
using Rempart.Node.Workloads;
using Rempart.Runtime.Conditions;

namespace Rempart.Node.Tests.Agent;

public sealed class NodeAgentTests : IAsyncDisposable
{
    private readonly AgentWorld _world = new(TestContext.Current.CancellationToken);

    [Fact]
    public async Task A_machine_is_created_runs_is_deleted_and_nothing_is_left()
    {
        await _world.RunMachineAsync();
        Assert.Equal(("h1", "tcg", 1L), (_world.Status.NodeName, _world.Status.Accelerator, _world.Status.RunGeneration));
        Assert.Equal(["10.1.0.5"], _world.Status.Addresses!);
        await _world.UntilAsync("its volume", () => _world.Status.Conditions.IsTrue("VolumesReady") && _world.Status.Conditions.IsTrue("NetworkReady"));
        Assert.False(_world.Status.Conditions.IsTrue("GuestReady"));
        _world.Machines.SayReady(_world.Uid);
        await _world.UntilAsync("the guest's word", () => _world.Status.Conditions.IsTrue("GuestReady"));
        Assert.Equal(3, _world.Host.Left.Count);
        await _world.DeleteAsync();
        await _world.UntilAsync("an empty project", () => _world.World.Api.Everything().All(left => left.Split(' ')[0] is "Event" or "Node" or "Lease" or "Image"));
        await _world.UntilAsync("an empty host", () => _world.Host.Left.Count == 0);
        Assert.Contains("Started", _world.World.Api.All<Event>().Select(told => told.Reason));
    }

    [Fact]
    public async Task A_crash_is_told_and_the_machine_starts_again_ever_more_slowly()
    {
        await _world.RunMachineAsync();
        for (var i = 1; i <= 3; i++)
        {
            _world.Machines.End(_world.Uid, ExitReason.Error);
            await _world.UntilAsync($"restart {i}", () => _world.Status.RestartCount == i && _world.Status.Phase == MachinePhase.Running);
        }
        Assert.Equal("Error", _world.Status.LastExit!.Reason);
        Assert.Contains("Error", _world.World.Api.All<Event>().Where(told => told.Type == "Warning").Select(told => told.Reason));
    }

    [Fact]
    public async Task A_machine_whose_disk_finds_no_room_says_so_and_goes_on_by_itself_when_there_is_some()
    {
        await _world.RunMachineAsync();
        _world.Host.Space = new FileSystemSpace(100L << 30, 0);
        _world.Machines.RunOutOfRoom(_world.Uid);
        await _world.UntilAsync("a held machine", () => _world.Status.Phase == MachinePhase.Paused);
        Assert.Equal(("DiskFull", "True"), (_world.Status.Conditions.Find("Running")!.Reason, _world.Status.Conditions.Find("Running")!.Status));
        await _world.UntilAsync("an event", () => _world.World.Api.All<Event>().Any(told => told is { Type: "Warning", Reason: "DiskFull", InvolvedObject.Name: "web" }));
        await _world.UntilAsync("pressure", () => NodeSays("DiskPressure") == "True");
        await _world.World.SettleAsync();
        Assert.Equal(MachinePhase.Paused, _world.Status.Phase);

        _world.Host.Space = new FileSystemSpace(100L << 30, 50L << 30);
        await _world.UntilAsync("a machine that goes on", () => _world.Status is { Phase: MachinePhase.Running, RestartCount: 0 } && _world.Status.Conditions.Find("Running")!.Reason == "Running");
        await _world.UntilAsync("no pressure", () => NodeSays("DiskPressure") == "False");

        string? NodeSays(string type) => _world.World.Api.Find<Api.Core.Node>(null, "h1")?.Status?.Conditions?.FirstOrDefault(condition => condition.Type == type)?.Status;
    }

    [Fact]
    public async Task A_guest_that_powers_itself_off_stays_off_unless_always_is_wanted_and_can_be_started_again()
    {
        await _world.RunMachineAsync(spec => spec with { RestartPolicy = RestartPolicy.OnFailure });
        _world.Machines.End(_world.Uid, ExitReason.GuestShutdown);
        await _world.UntilAsync("off", () => _world.Status.Phase == MachinePhase.Stopped);
        Assert.Equal("GuestShutdown", _world.Status.Conditions.Find("Running")!.Reason);
        await _world.World.SettleAsync();
        Assert.Equal(MachinePhase.Stopped, _world.Status.Phase);
        await _world.ChangeSpecAsync(spec => spec with { PowerState = PowerState.Stopped });
        await _world.UntilAsync("seen", () => _world.Status.ObservedGeneration == _world.Machine!.Metadata.Generation);
        await _world.ChangeSpecAsync(spec => spec with { PowerState = PowerState.Running });
        await _world.UntilAsync("on", () => _world.Status.Phase == MachinePhase.Running);
    }

    [Fact]
    public async Task A_guest_that_does_not_obey_is_killed_at_its_deadline()
    {
        await _world.RunMachineAsync(spec => spec with { StopGracePeriodSeconds = 30 });
        _world.Machines.GuestsObey = false;
        await _world.ChangeSpecAsync(spec => spec with { PowerState = PowerState.Stopped });
        await _world.UntilAsync("stopping", () => _world.Status.Phase == MachinePhase.Stopping);
        await _world.UntilAsync("stopped", () => _world.Status.Phase == MachinePhase.Stopped);
        Assert.Equal("Killed", _world.Status.LastExit!.Reason);
    }

    [Fact]
    public async Task An_operation_is_carried_out_once()
    {
        await _world.RunMachineAsync();
        await _world.OperateAsync("one", "Restart");
        await _world.UntilAsync("the restart", () => _world.Status.OperationResult is { Id: "one", Outcome: "Succeeded" } && _world.Status.Phase == MachinePhase.Running);
        Assert.Equal(2, _world.Machines[_world.Uid].Starts);
        await _world.World.SettleAsync();
        Assert.Equal(2, _world.Machines[_world.Uid].Starts);
        await _world.OperateAsync("two", "Levitate");
        await _world.UntilAsync("the refusal", () => _world.Status.OperationResult is { Id: "two", Outcome: "Failed" });
    }

    [Fact]
    public async Task A_paused_machine_stays_paused_across_agents_and_goes_on_or_ends_when_asked()
    {
        await _world.RunMachineAsync();
        _world.Machines.SayReady(_world.Uid);
        await _world.UntilAsync("the guest's word", () => _world.Status.Conditions.IsTrue("GuestReady"));
        await _world.OperateAsync("one", "Pause");
        await _world.UntilAsync("the pause", () => _world.Status is { Phase: MachinePhase.Paused, OperationResult: { Id: "one", Outcome: "Succeeded" } });
        Assert.Equal((true, "Paused", false), (_world.Status.Conditions.IsTrue("Running"), _world.Status.Conditions.Find("Running")!.Reason, _world.Status.Conditions.IsTrue("GuestReady")));
        await _world.StopAgentAsync();
        _world.StartAgent();
        await _world.World.SettleAsync();
        Assert.Equal((MachinePhase.Paused, WorkloadPhase.Paused), (_world.Status.Phase, _world.Machines[_world.Uid].Phase));

        await _world.OperateAsync("two", "Resume");
        await _world.UntilAsync("the resumption", () => _world.Status is { Phase: MachinePhase.Running, OperationResult: { Id: "two", Outcome: "Succeeded" } } && _world.Status.Conditions.IsTrue("GuestReady"));
        await _world.OperateAsync("three", "Pause");
        await _world.UntilAsync("the second pause", () => _world.Status is { Phase: MachinePhase.Paused, OperationResult.Id: "three" });
        await _world.OperateAsync("four", "Restart");
        await _world.UntilAsync("the restart", () => _world.Status is { Phase: MachinePhase.Running, OperationResult: { Id: "four", Outcome: "Succeeded" } });
        Assert.Equal(2, _world.Machines[_world.Uid].Starts);
        await _world.OperateAsync("five", "Pause");
        await _world.UntilAsync("the third pause", () => _world.Status.Phase == MachinePhase.Paused);
        await _world.DeleteAsync();
        await _world.UntilAsync("an empty host", () => _world.Host.Left.Count == 0);
        var told = _world.World.Api.All<Event>().Where(told => told.InvolvedObject?.Kind == "VirtualMachine").Select(told => told.Reason).ToHashSet();
        Assert.True(told.IsSupersetOf(["Paused", "Resumed"]), string.Join(' ', told));
    }

    [Fact]
    public async Task A_start_that_fails_is_told_and_tried_again()
    {
        _world.Machines.StartFailure = "QEMU is out of sorts";
        var running = _world.RunMachineAsync();
        await _world.UntilAsync("the failure", () => _world.Machine?.Status is { Phase: MachinePhase.Failed } status && status.Conditions.Find("Running")!.Message == "QEMU is out of sorts");
        _world.Machines.StartFailure = null;
        await running;
    }

    [Fact]
    public async Task An_agent_that_was_away_finds_its_machines_as_they_are()
    {
        await _world.RunMachineAsync();
        await _world.StopAgentAsync();
        await _world.World.SettleAsync();
        Assert.True(_world.Machines[_world.Uid].IsRunning);
        _world.StartAgent();
        await _world.UntilAsync("a ready node", () => _world.World.Api.Find<Api.Core.Node>(null, "h1")!.Status!.Conditions!.Any(condition => condition is { Type: "Ready", Status: "True" }));
        Assert.Equal(1, _world.Machines[_world.Uid].Starts);
    }

    [Fact]
    public async Task What_runs_for_a_machine_that_is_gone_is_ended_only_when_the_api_has_said_so()
    {
        await _world.RunMachineAsync();
        var uid = _world.Uid;
        await _world.StopAgentAsync();
        // The machine vanishes while the agent is away: its node object is taken out of the cluster.
        using var client = _world.World.Api.Client();
        await client.DeleteAsync<Api.Core.Node>(null, "h1", null, CancellationToken.None);
        await _world.DeleteAsync();
        await _world.World.UntilAsync("no machine", () => _world.Machine is null);
        _world.World.Api.Fault = _ => new() { Status = "Failure", Code = 503, Reason = "ServiceUnavailable", Message = "no quorum" };
        _world.StartAgent();
        await _world.World.SettleAsync();
        Assert.True(_world.Machines[uid].IsRunning);
        _world.World.Api.Fault = null;
        // The Node that answers is another one: the store may have been lost.
        await _world.UntilAsync("the word that it is kept", () => Kept is { Reason: "ClusterChanged" });
        for (var minute = 0; minute < 3; minute++)
        {
            _world.World.Time.Advance(TimeSpan.FromMinutes(1));
            await _world.World.SettleAsync();
        }
        Assert.True(_world.Machines[uid].IsRunning);
        await _world.StopAgentAsync();
        _world.ForgetCluster();
        _world.StartAgent();
        await _world.UntilAsync("its end", () => _world.Machines[uid].Phase == WorkloadPhase.Absent);
        Assert.Null(Kept);
    }

    [Fact]
    public async Task A_node_remembers_its_cluster_before_it_says_that_it_is_ready()
    {
        await _world.UntilAsync("a node", () => _world.World.Api.Find<Api.Core.Node>(null, "h1")?.Status is not null);
        await _world.StopAgentAsync();
        using var client = _world.World.Api.Client();
        await client.DeleteAsync<Api.Core.Node>(null, "h1", null, CancellationToken.None);
        _world.ForgetCluster();
        var remembered = new System.Collections.Concurrent.ConcurrentQueue<bool>();
        _world.World.Api.Fault = request =>
        {
            if (request.RequestUri!.AbsolutePath == "/api/v1/nodes/h1/status") remembered.Enqueue(_world.RemembersCluster);
            return null;
        };
        _world.StartAgent();
        await _world.UntilAsync("its report", () => !remembered.IsEmpty);
        Assert.True(remembered.TryPeek(out var first) && first);
    }

    [Fact]
    public async Task An_agent_whose_version_no_server_takes_ends_with_the_servers_sentence_and_its_machines_go_on()
    {
        await _world.RunMachineAsync();
        var uid = _world.Uid;
        const string Sentence = "this agent is version `0.3.0` and the server `0.2.0`: an agent is never newer than its servers";
        _world.World.Api.Fault = request => request.Method == HttpMethod.Get && request.RequestUri!.Query.Contains("watch", StringComparison.Ordinal) ? null
            : new() { Status = "Failure", Code = 403, Reason = "Forbidden", Message = Sentence, Details = new() { Causes = [new() { Reason = "VersionSkew", Message = Sentence }] } };
        await _world.UntilAsync("the agent's end", () => _world.Agent.IsCompleted);
        Assert.Equal(Sentence, (await Assert.ThrowsAsync<AgentException>(() => _world.Agent)).Message);
        Assert.True(_world.Machines[uid].IsRunning);
        // The servers are upgraded: whoever starts agents starts this one again.
        _world.World.Api.Fault = null;
        _world.StartAgent();
        await _world.ChangeSpecAsync(spec => spec with { PowerState = "Stopped" });
        await _world.UntilAsync("its stop", () => _world.Status.Phase == MachinePhase.Stopped);
    }

    [Fact]
    public async Task One_answer_without_a_machine_does_not_end_it()
    {
        await _world.RunMachineAsync();
        var machine = _world.Machine!;
        await _world.World.SettleAsync();
        using var client = _world.World.Api.Client();
        await client.ChangeStatusAsync(machine, current => current with { Status = current.Status! with { NodeName = "h2" } }, CancellationToken.None);
        var looks = Looks;
        await _world.UntilAsync("a look", () => Looks > looks);
        await _world.World.SettleAsync();
        Assert.True(_world.Machines[machine.Metadata.Uid!].IsRunning);
        await _world.UntilAsync("its end after the second", () => _world.Machines[machine.Metadata.Uid!].Phase == WorkloadPhase.Absent);
        Assert.True(Looks > looks + 1);
    }

    [Theory]
    [InlineData("a", 7L, null)]
    [InlineData("a", 5L, null)]
    [InlineData("a", null, null)]
    [InlineData("b", 7L, "this node joined as `a` and is `b` in it")]
    [InlineData("a", 4L, "went back from revision 5 to 4")]
    public void A_cluster_that_lost_its_memory_is_doubted_for_good(string uid, long? revision, string? doubt)
    {
        var mark = ClusterMark.Next(ClusterMark.Next(null, "a", 5), uid, revision);
        if (doubt is null) Assert.Null(mark.Doubt);
        else Assert.Contains(doubt, ClusterMark.Next(mark, "a", 99).Doubt, StringComparison.Ordinal);
    }

    private Api.Core.NodeCondition? Kept => _world.World.Api.Find<Api.Core.Node>(null, "h1")?.Status?.Conditions?.FirstOrDefault(condition => condition.Type == "MachinesKept");

    private int Looks => _world.World.Api.Requests.ToArray().Count(asked => asked == "GET /apis/compute.rempart.dev/v1/virtualmachines");

    [Fact]
    public async Task A_volumes_data_go_with_it_but_not_under_a_running_machine()
    {
        await _world.RunMachineAsync();
        using var client = _world.World.Api.Client();
        await client.DeleteAsync<Volume>("p", "web-root", null, CancellationToken.None);
        await _world.World.SettleAsync();
        Assert.Contains(_world.Host.Left, left => left.StartsWith("volume", StringComparison.Ordinal));
        await _world.DeleteAsync();
        await _world.UntilAsync("no data", () => _world.Host.Left.Count == 0);
    }

    public ValueTask DisposeAsync() => _world.DisposeAsync();
}
