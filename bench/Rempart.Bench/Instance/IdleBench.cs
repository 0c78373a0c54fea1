using Rempart.Api.Compute;
using Rempart.Api.Client;
using Rempart.Bench.Report;

namespace Rempart.Bench.Instance;

/// <summary>The control plane at rest.</summary>
internal sealed class IdleBench : IBench
{
    private static readonly TimeSpan _span = TimeSpan.FromSeconds(20);

    public string Name => "idle";

    public string About => "memory and processor time of server and agent while nothing happens";

    public async Task<IReadOnlyList<BenchTable>> RunAsync(BenchSettings settings, CancellationToken cancellationToken)
    {
        using var instance = await RunningInstance.OpenAsync(settings, cancellationToken);
        var machines = await instance.Client.ListAsync<VirtualMachine>(ListQuery.All, cancellationToken);
        (string Name, int Pid)[] processes = [.. RunningInstance.Services.Select(name => (name, instance.ServicePid(name)))];
        settings.Progress($"look at them for {_span.TotalSeconds:0} s");
        var before = processes.Select(process => ProcessUse.CpuSeconds(process.Pid)).ToArray();
        await Task.Delay(_span, settings.Time, cancellationToken);
        return
        [
            new BenchTable(
                $"Processes with {machines.Items.Count} machines, over {_span.TotalSeconds:0} s",
                ["process", "RSS MiB", "PSS MiB", "% of a core"],
                [
                    .. processes.Select((process, i) => new[]
                    {
                        process.Name,
                        Samples.Text(ProcessUse.RssMiB(process.Pid)),
                        Samples.Text(ProcessUse.PssMiB(process.Pid)),
                        Samples.Text((ProcessUse.CpuSeconds(process.Pid) - before[i]) / _span.TotalSeconds * 100),
                    }),
                ]),
        ];
    }
}
