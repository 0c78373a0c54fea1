using System.Diagnostics;
using System.Globalization;
using Rempart.Api.Compute;
using Rempart.Api.Core;
using Rempart.Api.Storage;

namespace Rempart.Node.Tests.Load;

/// <summary>Machines that are made one after the other for minutes, and everything of a project deleted at once: queues stay bounded, and all of it is worked off.</summary>
[Trait("level", "real")]
public sealed class LoadTests(ITestOutputHelper output)
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public Task A_few_machines_as_fast_as_they_are_taken_and_a_hundred_objects_deleted() => RunAsync(machines: 30, TimeSpan.Zero, objects: 100);

    [Fact]
    [Trait("length", "long")]
    public Task A_machine_a_second_for_five_minutes_and_a_thousand_objects_deleted() => RunAsync(machines: 300, TimeSpan.FromSeconds(1), objects: 1000);

    [Fact]
    [Trait("length", "long")]
    public Task A_machine_a_second_for_a_minute_and_a_thousand_objects_deleted() => RunAsync(machines: 60, TimeSpan.FromSeconds(1), objects: 1000);

    /// <param name="machines">How many.</param>
    /// <param name="pause">Between two.</param>
    /// <param name="objects">Of the project when it is deleted: machines, their volumes, and ConfigMaps for the rest.</param>
    private async Task RunAsync(int machines, TimeSpan pause, int objects)
    {
        await using var cluster = await PaperCluster.StartAsync();
        var (before, deepest, began) = (cluster.ServerMemory(), 0d, Stopwatch.GetTimestamp());

        // When machines are made at a steady pace
        for (var i = 0; i < machines; i++)
        {
            var next = Task.Delay(pause, Stop);
            await cluster.Admin.CreateAsync(new VirtualMachine { Metadata = new() { Namespace = "p", Name = $"m{i}" }, Spec = new() { Template = "micro", Class = "tiny", NetworkInterfaces = [], StopGracePeriodSeconds = 1 } }, Stop);
            var (server, agent) = await cluster.MetricAsync("workqueue_depth");
            deepest = Math.Max(deepest, server + agent);
            await next;
        }

        Tell($"{machines} machines made within {Stopwatch.GetElapsedTime(began).TotalSeconds:0} s");
        await UntilAsync(cluster, "all machines running", async () => (await cluster.Admin.ListAllAsync<VirtualMachine>(new() { Namespace = "p" }, Stop)).Items.Count(machine => machine.Status?.Phase == MachinePhase.Running) == machines);
        Tell($"all run after {Stopwatch.GetElapsedTime(began).TotalSeconds:0} s; deepest queues {deepest:0}");
        await TellMetricsAsync(cluster, before);

        // And everything of the project is deleted at once
        for (var i = 2 * machines; i < objects; i++) await cluster.Admin.CreateAsync(new ConfigMap { Metadata = new() { Namespace = "p", Name = $"c{i}" } }, Stop);
        (began, deepest) = (Stopwatch.GetTimestamp(), 0);
        await cluster.Admin.DeleteAsync<Namespace>(null, "p", null, Stop);
        await UntilAsync(cluster, "no project", async () =>
        {
            var (server, agent) = await cluster.MetricAsync("workqueue_depth");
            deepest = Math.Max(deepest, server + agent);
            return await cluster.Admin.FindAsync<Namespace>(null, "p", Stop) is null;
        });
        Tell($"{objects} objects gone {Stopwatch.GetElapsedTime(began).TotalSeconds:0} s after their project was deleted; deepest queues {deepest:0}");
        await TellMetricsAsync(cluster, before);

        // Then nothing is left anywhere, no queue is, and memory was bounded
        Assert.Empty((await cluster.Admin.ListAllAsync<VirtualMachine>(new(), Stop)).Items);
        Assert.Empty((await cluster.Admin.ListAllAsync<Volume>(new(), Stop)).Items);
        Assert.Empty((await cluster.Admin.ListAllAsync<ConfigMap>(new() { Namespace = "p" }, Stop)).Items);
        await UntilAsync(cluster, "an empty host", () => Task.FromResult(cluster.Left.Count == 0));
        await UntilAsync(cluster, "empty queues", async () => await cluster.MetricAsync("workqueue_depth") is (0, 0));
        Assert.InRange(deepest, 0, 8 * objects);
        Assert.InRange(cluster.ServerMemory(), 0, 600L << 20);
        Assert.False(cluster.Agent.IsCompleted);
    }

    private async Task TellMetricsAsync(PaperCluster cluster, long before)
    {
        var (retries, failures, rejected) = (await cluster.MetricAsync("workqueue_retries_total"), await cluster.MetricAsync("rempart_reconcile_failures_total"), await cluster.MetricAsync("apiserver_rejected_requests_total"));
        Tell($"server's memory {before >> 20} -> {cluster.ServerMemory() >> 20} MiB; retries {retries.Server:0} server, {retries.Agent:0} agent; failures {failures.Server:0}, {failures.Agent:0}; requests refused by limits {rejected.Server:0}");
    }

    private static async Task UntilAsync(PaperCluster cluster, string what, Func<Task<bool>> holds)
    {
        for (var i = 0; i < 2400; i++)
        {
            if (await holds()) return;
            Assert.False(cluster.Agent.IsCompleted, $"the agent ended: {cluster.Agent.Exception}");
            await Task.Delay(250, Stop);
        }

        Assert.Fail($"never seen: {what}");
    }

    private void Tell(FormattableString text) => output.WriteLine(text.ToString(CultureInfo.InvariantCulture));
}
