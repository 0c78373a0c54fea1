using System.Runtime.CompilerServices;
using Rempart.Bench.Instance;
using Rempart.Bench.Report;

namespace Rempart.Bench.Machines;

/// <summary>What a machine costs besides its QEMU.</summary>
internal sealed class MachineDensityBench : IBench
{
    private const int Machines = 20;
    private static readonly TimeSpan _span = TimeSpan.FromSeconds(30);

    public string Name => "machine-density";

    public string About => "memory and processor time of everything besides QEMU for each machine that runs idle";

    public async IAsyncEnumerable<BenchTable> RunAsync(BenchSettings settings, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var instance = await RunningInstance.OpenAsync(settings, cancellationToken);
        var services = instance.AllServices();
        settings.Progress($"look at {services.Count} services without machines for {_span.TotalSeconds:0} s");
        var (memory, cpu) = await LookAsync(services, settings, cancellationToken);
        await using var fleet = await MachineFleet.StartAsync(instance, Machines, settings.Progress, cancellationToken);
        settings.Progress($"let {Machines} machines come to rest for {_span.TotalSeconds:0} s, and look at them for as long");
        await Task.Delay(_span, settings.Time, cancellationToken);
        List<(string Name, int Pid)> conmons = [.. fleet.Monitors.Select(pid => ("conmon", pid))];
        var (after, cpuAfter) = await LookAsync([.. services, .. conmons, .. fleet.Hypervisors.Select(pid => ("qemu", pid))], settings, cancellationToken);
        List<IReadOnlyList<string>> rows = [];
        var (sum, cpuSum) = (0.0, 0.0);
        foreach (var (name, each, busy) in services.Select((service, i) => (service.Name, (after[i] - memory[i]) / Machines, (cpuAfter[i] - cpu[i]) / Machines))
            .Prepend(("conmon", Average(after, services.Count, Machines), Average(cpuAfter, services.Count, Machines))))
        {
            (sum, cpuSum) = (sum + each, cpuSum + busy);
            rows.Add([name, Samples.Fine(each), Samples.Fine(busy)]);
        }
        rows.Add(["together", Samples.Fine(sum), Samples.Fine(cpuSum)]);
        rows.Add(["QEMU itself, for comparison", Samples.Text(Average(after, services.Count + Machines, Machines)), Samples.Fine(Average(cpuAfter, services.Count + Machines, Machines))]);
        yield return new BenchTable($"A machine's share of what came with {Machines} of them: PSS, and processor time over {_span.TotalSeconds:0} s", ["process", "MiB", "% of a core"], rows);
    }

    private static double Average(double[] values, int from, int count) => values.Skip(from).Take(count).Average();

    private static async Task<(double[] MiB, double[] Percent)> LookAsync(IReadOnlyList<(string Name, int Pid)> processes, BenchSettings settings, CancellationToken cancellationToken)
    {
        var before = processes.Select(process => ProcessUse.CpuSeconds(process.Pid)).ToArray();
        var from = settings.Time.GetTimestamp();
        await Task.Delay(_span, settings.Time, cancellationToken);
        var took = settings.Time.GetElapsedTime(from).TotalSeconds;
        return ([.. processes.Select(process => ProcessUse.PssMiB(process.Pid))], [.. processes.Select((process, i) => (ProcessUse.CpuSeconds(process.Pid) - before[i]) / took * 100)]);
    }
}
