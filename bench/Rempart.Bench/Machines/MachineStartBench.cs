using System.Runtime.CompilerServices;
using Rempart.Bench.Instance;
using Rempart.Bench.Report;
using Rempart.Node.Machines;
using Rempart.Protocols.Conmon;

namespace Rempart.Bench.Machines;

/// <summary>The way of a machine from its request to its first line, step by step.</summary>
internal sealed class MachineStartBench : IBench
{
    public string Name => "machine-start";

    public string About => "request → first serial line of a machine, and QEMU without Rempart with the same kernel, board and devices";

    public async IAsyncEnumerable<BenchTable> RunAsync(BenchSettings settings, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var instance = await RunningInstance.OpenAsync(settings, cancellationToken);
        Samples accepted = new(), prepared = new(), created = new(), released = new(), line = new(), bare = new();
        var accelerator = "";
        for (var round = 0; round <= settings.Rounds; round++)
        {
            settings.Progress($"round {round} of {settings.Rounds}");
            var name = $"bench-{round}";
            await instance.DeleteAsync(name, cancellationToken);
            try
            {
                var from = settings.Time.GetUtcNow();
                var machine = await instance.Client.CreateAsync(RunningInstance.NewMachine(name), cancellationToken);
                var answered = settings.Time.GetUtcNow();
                var folder = instance.Workload(machine.Metadata.Uid!);
                await instance.UntilAsync($"the first line of `{name}`", () => Task.FromResult(ConmonLog.FirstAt(folder.ConsoleLog) is not null), cancellationToken);
                var record = MachineRecord.Parse(folder.ReadRecord());
                accelerator = record.Accelerator.ToString().ToUpperInvariant();
                using var command = BareQemu.CommandOf(instance, record.Pid!.Value);
                // The machine is off before the peer runs: there are not many cores.
                var steps = new[] { answered, Written(folder.Configuration), Written(folder.ProcessPid), record.StartedAt!.Value, ConmonLog.FirstAt(folder.ConsoleLog)!.Value };
                await instance.DeleteAsync(name, cancellationToken);
                var alone = await command.FirstByteAsync(settings.Time, cancellationToken);
                if (round == 0) continue;
                foreach (var (samples, at) in new[] { accepted, prepared, created, released, line }.Zip(steps)) samples.Add(at - from);
                bare.Add(alone);
            }
            finally
            {
                await instance.DeleteAsync(name, CancellationToken.None);
            }
        }
        yield return new BenchTable(
            $"Milliseconds since the request was sent ({accelerator})",
            ["step", .. Samples.Columns, "step's own"],
            [
                ["the server has accepted it", .. accepted.Cells(), Samples.Text(accepted.Median)],
                ["bound; volume, port and seed are there, bundle written", .. prepared.Cells(), Samples.Text(prepared.Median - accepted.Median)],
                ["jail and QEMU's process are there", .. created.Cells(), Samples.Text(created.Median - prepared.Median)],
                ["devices plugged, guest let go", .. released.Cells(), Samples.Text(released.Median - created.Median)],
                ["first serial line", .. line.Cells(), Samples.Text(line.Median - released.Median)],
                ["QEMU alone: start → first serial byte", .. bare.Cells(), ""],
                ["Rempart's own, from acceptance", Samples.Text(line.Median - accepted.Median - bare.Median), "", "", ""],
            ]);
    }

    private static DateTimeOffset Written(string path) => new(File.GetLastWriteTimeUtc(path), TimeSpan.Zero);
}
