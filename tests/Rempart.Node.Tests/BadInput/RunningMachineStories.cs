using Rempart.Api.Compute;
using Rempart.Api.Core;
using Rempart.Api.Storage;
using Rempart.Linux;
using Rempart.Node.Tests.Machines;
using Rempart.Node.Workloads;
using Rempart.Runtime.Conditions;

namespace Rempart.Node.Tests.BadInput;

/// <summary>What is done to machines that run, from outside and from above.</summary>
[Trait("level", "real")]
public sealed class RunningMachineStories
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task QEMU_is_killed_from_outside()
    {
        await using var cluster = await RealCluster.StartAsync();
        await cluster.CreateMachineAsync("web");
        var machine = await cluster.SeeAsync<VirtualMachine>("p", "web", "a guest that runs", seen => seen?.Status.Runs() == true && seen.Status!.Conditions.IsTrue("GuestReady"));
        var pid = (await cluster.Machines.InspectAsync(machine.Metadata.Uid!, Stop)).Pid!.Value;

        using (var process = ProcessHandle.TryOpen(pid)!) process.Signal(ProcessHandle.SIGKILL);

        var again = await cluster.SeeAsync<VirtualMachine>("p", "web", "a guest that runs again", seen => seen!.Status!.RestartCount == 1 && seen.Status.Runs() && seen.Status.Conditions.IsTrue("GuestReady"));
        Assert.Equal("Error", again.Status!.LastExit!.Reason);
        Assert.Contains("signal 9", again.Status.LastExit.Message, StringComparison.Ordinal);
        Assert.NotEqual(pid, (await cluster.Machines.InspectAsync(machine.Metadata.Uid!, Stop)).Pid);
        Assert.Null(ProcessHandle.StartTicks(pid));
        await JailHost.EventuallyAsync(async () => (await cluster.Admin.ListAllAsync<Event>(new() { Namespace = "p" }, Stop)).Items, events => events.Any(told => told is { Type: "Warning", Reason: "Error", InvolvedObject.Name: "web" } && told.Message!.Contains("signal 9", StringComparison.Ordinal)), Stop);
    }

    [Fact]
    public async Task It_is_paused_resumed_and_deleted_while_paused()
    {
        await using var cluster = await RealCluster.StartAsync();
        await cluster.CreateMachineAsync("web");
        var machine = await cluster.SeeAsync<VirtualMachine>("p", "web", "a guest that runs", seen => seen?.Status.Runs() == true && seen.Status!.Conditions.IsTrue("GuestReady"));

        await AskAsync(cluster, "pause", "once");
        var paused = await cluster.SeeAsync<VirtualMachine>("p", "web", "a held guest", seen => seen!.Status is { Phase: MachinePhase.Paused, OperationResult: { Id: "once", Outcome: "Succeeded" } });
        Assert.False(paused!.Status!.Conditions.IsTrue("GuestReady"));
        await AskAsync(cluster, "resume", "on");
        await cluster.SeeAsync<VirtualMachine>("p", "web", "a guest that goes on", seen => seen!.Status is { Phase: MachinePhase.Running, OperationResult: { Id: "on", Outcome: "Succeeded" } } && seen.Status.Conditions.IsTrue("GuestReady"));
        await AskAsync(cluster, "pause", "twice");
        await AskAsync(cluster, "pause", "twice");
        await cluster.SeeAsync<VirtualMachine>("p", "web", "a held guest", seen => seen!.Status is { Phase: MachinePhase.Paused, OperationResult: { Id: "twice", Outcome: "Succeeded" } });
        Assert.Equal(WorkloadPhase.Paused, (await cluster.Machines.InspectAsync(machine.Metadata.Uid!, Stop)).Phase);

        await cluster.Admin.DeleteAsync<VirtualMachine>("p", "web", null, Stop);
        await cluster.SeeAsync<VirtualMachine>("p", "web", "no machine", seen => seen is null);
        await JailHost.EventuallyAsync(async () => (await cluster.Admin.ListAllAsync<Event>(new() { Namespace = "p" }, Stop)).Items.Select(told => told.Reason).ToHashSet(), told => told.IsSupersetOf(["Paused", "Resumed"]), Stop);
    }

    private static Task<VirtualMachine> AskAsync(RealCluster cluster, string verb, string id) => cluster.Admin.PostAsync<MachineOperationRequest, VirtualMachine>(
        $"/apis/compute.rempart.dev/v1/namespaces/p/virtualmachines/web/{verb}", new MachineOperationRequest { Id = id }, Stop);

    [Fact]
    public async Task Its_namespace_is_deleted()
    {
        await using var cluster = await RealCluster.StartAsync();
        await cluster.CreateMachineAsync("web");
        var machine = await cluster.SeeAsync<VirtualMachine>("p", "web", "a machine that runs", seen => seen?.Status.Runs() == true);
        var pid = (await cluster.Machines.InspectAsync(machine.Metadata.Uid!, Stop)).Pid!.Value;
        Assert.Contains(machine.Metadata.Uid!, cluster.Left, StringComparison.Ordinal);

        await cluster.Admin.DeleteAsync<Namespace>(null, "p", null, Stop);

        await cluster.SeeAsync<Namespace>(null, "p", "no project", project => project is null);
        Assert.Null(ProcessHandle.StartTicks(pid));
        Assert.Empty((await cluster.Admin.ListAllAsync<VirtualMachine>(new(), Stop)).Items);
        Assert.Empty((await cluster.Admin.ListAllAsync<Volume>(new(), Stop)).Items);
        await JailHost.EventuallyAsync(() => Task.FromResult(cluster.Left), left => !left.Contains(machine.Metadata.Uid!, StringComparison.Ordinal), Stop);
        Assert.DoesNotContain("qemu", cluster.Left, StringComparison.Ordinal);
    }
}
