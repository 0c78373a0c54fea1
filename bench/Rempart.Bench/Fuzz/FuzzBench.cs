using System.Globalization;
using System.Runtime.CompilerServices;
using Rempart.ApiServer.Tests.Fuzz;
using Rempart.Bench.Report;

namespace Rempart.Bench.Fuzz;

/// <summary>The fuzzing of the tests in its long mode: a minute for each target with the ordinary ten rounds. A defect ends it, with its seed and input.</summary>
internal sealed class FuzzBench : IBench
{
    private static readonly TimeSpan OfRound = TimeSpan.FromSeconds(6);

    public string Name => "fuzz";

    public bool IsOnlyNamed => true;

    public string About => "damaged bodies, patches, selectors and tokens for everything that reads them: how many were taken, and what the worst of them cost";

    public async IAsyncEnumerable<BenchTable> RunAsync(BenchSettings settings, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var rows = new List<IReadOnlyList<string>>();
        foreach (var target in FuzzTargets.All)
        {
            // Not the same inputs each time, or it would find nothing any more.
            var run = new FuzzRun(target, Random.Shared.Next());
            settings.Progress($"{target.Name}, seed {run.Seed}");
            try
            {
                await Task.Run(() => run.Run(OfRound * settings.Rounds, cancellationToken), cancellationToken);
            }
            catch (InvalidOperationException defect)
            {
                throw new BenchException(defect.Message);
            }

            rows.Add([target.Name, run.Inputs.ToString(CultureInfo.InvariantCulture), Number(100.0 * run.Taken / Math.Max(run.Inputs, 1)), Number(run.Slowest), Number(run.Largest / 1024.0 / 1024.0)]);
        }

        yield return new BenchTable("Damaged inputs", ["reader", "inputs", "taken, %", "slowest, ms", "most memory, MiB"], rows);
    }

    private static string Number(double value) => value.ToString("0.0", CultureInfo.InvariantCulture);
}
