using Rempart.Bench.Report;

namespace Rempart.Bench.Instance;

/// <summary>The control plane at rest, and how soon it is there.</summary>
internal sealed class IdleBench : IBench
{
    private const int Machines = 20;
    private const int Windows = 3;
    private static readonly TimeSpan _span = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan _rest = TimeSpan.FromSeconds(30);

    public string Name => "idle";

    public string About => "memory and processor time of server and agent while nothing happens, and the time from their start until they serve";

    public async Task<IReadOnlyList<BenchTable>> RunAsync(BenchSettings settings, CancellationToken cancellationToken)
    {
        using var instance = await RunningInstance.OpenAsync(settings, cancellationToken);
        var server = await Restarts.OfServerAsync(instance, settings, cancellationToken);
        var agent = await Restarts.OfAgentAsync(instance, settings, cancellationToken);
        List<IReadOnlyList<string>> rows = [];
        await MeasureAsync(instance, "", settings, rows, cancellationToken);
        await using (await MachineFleet.StartAsync(instance, Machines, settings.Progress, cancellationToken))
        {
            await MeasureAsync(instance, $", {Machines} machines", settings, rows, cancellationToken);
        }
        await MeasureAsync(instance, ", after them", settings, rows, cancellationToken);
        return
        [
            new BenchTable("Milliseconds from a process' start", ["until", .. Samples.Columns], [["the server's `/readyz` answers 200", .. server.Cells()], ["the agent's node is ready", .. agent.Cells()]]),
            new BenchTable($"At rest; processor time of {Windows} times {_span.TotalSeconds:0} s", ["process", "RSS MiB", "PSS MiB", "% of a core, least", "most"], rows),
        ];
    }

    private static async Task MeasureAsync(RunningInstance instance, string when, BenchSettings settings, List<IReadOnlyList<string>> rows, CancellationToken cancellationToken)
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
        foreach (var process in processes)
        {
            rows.Add([process.Name + when, Samples.Text(ProcessUse.RssMiB(process.Pid)), Samples.Text(ProcessUse.PssMiB(process.Pid)), Samples.Fine(process.Cpu.Least), Samples.Fine(process.Cpu.Most)]);
        }
    }
}
