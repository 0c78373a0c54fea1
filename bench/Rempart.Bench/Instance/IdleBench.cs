using System.Runtime.CompilerServices;
using Rempart.Bench.Report;

namespace Rempart.Bench.Instance;

/// <summary>The control plane at rest, and how soon it is there.</summary>
internal sealed class IdleBench : IBench
{
    private const int Machines = 20;
    private const int Windows = 3;
    private static readonly TimeSpan _span = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan _rest = TimeSpan.FromSeconds(60);

    public string Name => "idle";

    public string About => "memory and processor time of server and agent while nothing happens, and the time from their start until they serve";

    public async IAsyncEnumerable<BenchTable> RunAsync(BenchSettings settings, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var instance = await RunningInstance.OpenAsync(settings, cancellationToken);
        var server = await Restarts.OfServerAsync(instance, settings, cancellationToken);
        var agent = await Restarts.OfAgentAsync(instance, settings, cancellationToken);
        yield return new BenchTable("Milliseconds from a process' start", ["until", .. Samples.Columns], [["the server's `/readyz` answers 200", .. server.Cells()], ["the agent's node is ready", .. agent.Cells()]]);
        yield return await MeasureAsync(instance, "without machines", settings, cancellationToken);
        await using (await MachineFleet.StartAsync(instance, Machines, settings.Progress, cancellationToken))
        {
            yield return await MeasureAsync(instance, $"with {Machines} machines", settings, cancellationToken);
        }
        yield return await MeasureAsync(instance, "after them", settings, cancellationToken);
    }

    private static async Task<BenchTable> MeasureAsync(RunningInstance instance, string when, BenchSettings settings, CancellationToken cancellationToken)
    {
        settings.Progress($"let it come to rest for {_rest.TotalSeconds:0} s");
        await Task.Delay(_rest, settings.Time, cancellationToken);
        (string Name, int Pid, Samples Cpu)[] processes = [.. RunningInstance.Services.Select(name => (name, instance.ServicePid(name), new Samples()))];
        for (var window = 1; window <= Windows; window++)
        {
            settings.Progress($"look at it, {window} of {Windows}");
            var before = processes.Select(process => ProcessUse.CpuSeconds(process.Pid)).ToArray();
            var from = settings.Time.GetTimestamp();
            await Task.Delay(_span, settings.Time, cancellationToken);
            var took = settings.Time.GetElapsedTime(from).TotalSeconds;
            foreach (var (i, process) in processes.Index()) process.Cpu.Add((ProcessUse.CpuSeconds(process.Pid) - before[i]) / took * 100);
        }
        return new BenchTable(
            $"At rest, {when}; processor time of {Windows} times {_span.TotalSeconds:0} s",
            ["process", "RSS MiB", "PSS MiB", "% of a core, least", "most"],
            [.. processes.Select(process => (IReadOnlyList<string>)[process.Name, Samples.Text(ProcessUse.RssMiB(process.Pid)), Samples.Text(ProcessUse.PssMiB(process.Pid)), Samples.Fine(process.Cpu.Least), Samples.Fine(process.Cpu.Most)])]);
    }
}
