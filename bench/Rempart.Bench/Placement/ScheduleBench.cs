using System.Globalization;
using System.Runtime.CompilerServices;
using Rempart.Bench.Report;
using Rempart.Policy.Simulation;

namespace Rempart.Bench.Placement;

/// <summary>The scheduler's code on made-up clusters, the largest with 10,000 hosts and 100,000 machines: how many placements a second on one core, how good they are, what they take.</summary>
internal sealed class ScheduleBench : IBench
{
    private static readonly (int Hosts, int Machines)[] Sizes = [(100, 1_000), (1_000, 10_000), (10_000, 100_000)];

    public string Name => "schedule";

    public string About => "placements a second on one core, every host looked at each time, and how good they are, in clusters of three sizes";

    public async IAsyncEnumerable<BenchTable> RunAsync(BenchSettings settings, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var rows = new List<IReadOnlyList<string>>();
        var quality = new List<IReadOnlyList<string>>();
        foreach (var (hosts, machines) in Sizes)
        {
            settings.Progress($"{hosts} hosts, {machines} machines");
            // Of the largest three runs say enough: they take a while.
            var rates = new Samples();
            SimulationResult? last = null;
            for (var round = 0; round < (hosts == 10_000 ? Math.Min(settings.Rounds, 3) : settings.Rounds); round++)
            {
                var cluster = ClusterGenerator.Generate(new() { Hosts = hosts, Machines = machines, Seed = round + 1, Failures = hosts / 100 });
                last = await Task.Run(() => ClusterSimulation.Run(cluster, (ulong)round, settings.Time, _ => { }, cancellationToken), cancellationToken);
                if (last is not { Overbooked: 0, BrokenRules: 0 }) throw new BenchException($"seed {round + 1} overbooked {last.Overbooked} hosts and broke {last.BrokenRules} rules: a defect");
                rates.Add(last.Decisions / last.Took.TotalSeconds);
            }

            rows.Add([$"{hosts} hosts, {machines} machines", Whole(rates.Median), Whole(rates.Most), Whole(rates.Least), Samples.Text(1_000_000 / rates.Median), Whole(Environment.WorkingSet / 1024.0 / 1024)]);
            quality.Add([$"{hosts} hosts, {machines} machines", Samples.Text(last!.Memory.Used), $"{Samples.Text(last.Memory.Least)} to {Samples.Text(last.Memory.Most)}", Samples.Text(last.Memory.Deviation), Samples.Text(last.StrandedMemory), Samples.Text(last.InAllZones ?? 0), Whole(last.Unplaced.Values.Sum()), "0"]);
        }

        yield return new BenchTable("Placements a second, one core", ["cluster", "median", "fastest", "slowest", "µs each", "process, MiB"], rows);
        yield return new BenchTable("How good they are: memory in percent of what hosts give out, groups of one project and template", ["cluster", "given out", "hosts", "deviation", "stranded", "in all zones, %", "unplaced", "violations"], quality);
    }

    private static string Whole(double value) => value.ToString("0", CultureInfo.InvariantCulture);
}
