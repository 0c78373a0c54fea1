using Rempart.Bench.Audit;
using Rempart.Bench.Chaos;
using Rempart.Bench.Fuzz;
using Rempart.Bench.Instance;
using Rempart.Bench.Jail;
using Rempart.Bench.Machines;
using Rempart.Bench.Migration;
using Rempart.Bench.Placement;
using Rempart.Bench.Requests;

namespace Rempart.Bench;

/// <summary>All benches, in the order in which `./dev bench` runs them.</summary>
internal static class Benches
{
    internal static IReadOnlyList<IBench> All { get; } = [new JailBench(), new MachineStartBench(), new IdleBench(), new MachineDensityBench(), new AuditBench(), new ApiBench(), new MigrateBench(), new ScheduleBench(), new FuzzBench(), new ChaosBench()];
}
