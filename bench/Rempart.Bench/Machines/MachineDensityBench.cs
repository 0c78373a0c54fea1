using System.Globalization;
using Rempart.Api.Compute;
using Rempart.Bench.Instance;
using Rempart.Bench.Report;
using Rempart.Node.Machines;

namespace Rempart.Bench.Machines;

/// <summary>What a machine costs besides its QEMU.</summary>
internal sealed class MachineDensityBench : IBench
{
    private const int Machines = 5;
    private static readonly TimeSpan _span = TimeSpan.FromSeconds(20);

    public string Name => "machine-density";

    public string About => "memory of server, agent and conmon for each machine that runs, besides QEMU";

    public async Task<IReadOnlyList<BenchTable>> RunAsync(BenchSettings settings, CancellationToken cancellationToken)
    {
        using var instance = await RunningInstance.OpenAsync(settings, cancellationToken);
        (string Name, int Pid)[] services = [.. RunningInstance.Services.Select(name => (name, instance.ServicePid(name)))];
        var before = services.Select(service => ProcessUse.PssMiB(service.Pid)).ToArray();
        string[] names = [.. Enumerable.Range(0, Machines).Select(i => $"bench-density-{i}")];
        try
        {
            List<int> conmons = [], hypervisors = [];
            foreach (var name in names)
            {
                settings.Progress($"start `{name}` and wait until its guest is ready");
                await instance.DeleteAsync(name, cancellationToken);
                var machine = await instance.Client.CreateAsync(RunningInstance.NewMachine(name), cancellationToken);
                await instance.UntilAsync($"`{name}` is ready", async () => (await instance.Client.GetAsync<VirtualMachine>(RunningInstance.Project, name, cancellationToken)).Status?.Conditions?
                    .Any(condition => condition is { Type: "GuestReady", Status: "True" }) == true, cancellationToken);
                var folder = instance.Workload(machine.Metadata.Uid!);
                hypervisors.Add(MachineRecord.Parse(folder.ReadRecord()).Pid!.Value);
                conmons.Add(int.Parse(await File.ReadAllTextAsync(folder.ConmonPid, cancellationToken), CultureInfo.InvariantCulture));
            }
            settings.Progress($"look at them for {_span.TotalSeconds:0} s");
            var cpu = services.Select(service => ProcessUse.CpuSeconds(service.Pid)).ToArray();
            await Task.Delay(_span, settings.Time, cancellationToken);
            var conmon = conmons.Average(ProcessUse.PssMiB);
            List<IReadOnlyList<string>> rows = [["conmon", Samples.Text(conmon), ""]];
            var sum = conmon;
            foreach (var (i, service) in services.Index())
            {
                var each = (ProcessUse.PssMiB(service.Pid) - before[i]) / Machines;
                sum += each;
                rows.Add([$"{service.Name}: what it grew by, a machine's share", Samples.Text(each), Samples.Text((ProcessUse.CpuSeconds(service.Pid) - cpu[i]) / _span.TotalSeconds * 100)]);
            }
            rows.Add(["together", Samples.Text(sum), ""]);
            rows.Add(["QEMU itself", Samples.Text(hypervisors.Average(ProcessUse.PssMiB)), ""]);
            return [new BenchTable($"PSS in MiB for each of {Machines} idle machines; % of a core for all of them", ["process", "MiB", "% of a core"], rows)];
        }
        finally
        {
            foreach (var name in names) await instance.DeleteAsync(name, CancellationToken.None);
        }
    }
}
