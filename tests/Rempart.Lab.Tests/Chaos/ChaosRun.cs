using System.Globalization;
using Rempart.Lab.Cluster;
using Rempart.Lab.Tests.Labs;

namespace Rempart.Lab.Tests.Chaos;

/// <summary>Machines that check themselves, steps by chance, and what must hold after each of them and in the end.</summary>
/// <param name="lab">the lab; it is left whole and without the machines.</param>
/// <param name="seed">the same one takes the same steps.</param>
/// <param name="count">of steps.</param>
/// <param name="say">told of each step.</param>
internal sealed class ChaosRun(SharedLab lab, int seed, int count, Action<string> say)
{
    private const string Template = "pagecheck";
    // The disk has 256 blocks of 4 KiB that are checked, and the diary behind them.
    private const string CommandLine = "quiet pc_memory=16 pc_pages=16 pc_pause=40000 pc_diary=64";
    private const int DiskBytes = 2 << 20;
    private static readonly string[] Machines = ["chaos-a", "chaos-b"];
    private readonly ChaosSteps _steps = new(lab);
    private readonly List<string> _done = [];

    /// <summary>Ends at the first thing that is wrong, and says at which step of which seed, and how to do it again.</summary>
    public async Task RunAsync()
    {
        var invariants = new ChaosInvariants(lab, _steps, Machines);
        await new GuestTemplate(lab.Cluster, Template, await SharedLab.PageCheckAsync(), CommandLine, DiskBytes).EnsureAsync(lab.Api, SharedLab.Token);
        await invariants.RememberAsync();
        try
        {
            await StepsAsync(invariants);
            say("the machines are deleted");
            await DeleteAsync();
            await invariants.NothingIsLeftAsync();
        }
        catch (Exception failure) when (!SharedLab.Token.IsCancellationRequested)
        {
            var logs = await LogsAsync();
            var clean = await CleanAsync();
            throw new LabException($"{Told}\n{failure.Message}\nthe hosts' logs are in {logs}{clean}", failure);
        }
    }

    private string Told => string.Create(CultureInfo.InvariantCulture, $"""
        seed {seed}, behind {_done.Count} of {count} steps:
        {string.Join('\n', _done.Select(step => $"    {step}"))}
        again: REMPART_CHAOS_SEED={seed} REMPART_CHAOS_STEPS={count} {Environment.ProcessPath} -class '*ChaosTests' -trait length=long -showLiveOutput
        """);

    private async Task StepsAsync(ChaosInvariants invariants)
    {
        foreach (var machine in Machines) await _steps.DoAsync($"machine {machine} of {Template}");
        foreach (var machine in Machines) await _steps.DoAsync($"until machine {machine} is Running/True");
        await using var watch = new ChaosWatch(lab.Cluster, await invariants.MachinesAsync());
        // What can't be seen can't be seen twice.
        foreach (var machine in Machines) await lab.Cluster.UntilAsync($"`{machine}` is seen on its console, its processors and its disk", () => Task.FromResult(watch.Of(machine) is { Round: > 0, Written: > 0, Process: not null }), SharedLab.Token);
        foreach (var step in ChaosPlan.Steps(seed, count, [.. lab.Cluster.Hosts.Select(host => host.Name)], Machines))
        {
            say($"seed {seed}, step {_done.Count + 1} of {count}: {step}");
            _done.Add(step);
            if (step == ChaosPlan.Settle) await invariants.SettleAsync(watch, say);
            else await _steps.DoAsync(step);
            await invariants.LookAsync(watch, step);
        }
        say("everything is mended");
        await invariants.SettleAsync(watch, say);
        say($"{_steps.Acknowledged} acknowledged objects are there");
    }

    private async Task DeleteAsync()
    {
        foreach (var machine in Machines) await _steps.DoAsync($"delete machine {machine}");
    }

    // Other tests have the lab behind this one; what went wrong here is not hidden by what that meets.
    private async Task<string> CleanAsync()
    {
        try
        {
            await lab.HealAsync();
            await DeleteAsync();
            return "";
        }
        catch (Exception failure) when (!SharedLab.Token.IsCancellationRequested)
        {
            return $"\nand the lab could not be cleaned behind it: {failure.Message}";
        }
    }

    // The lab goes with the run.
    private async Task<string> LogsAsync()
    {
        var folder = Path.Combine(AppContext.BaseDirectory, string.Create(CultureInfo.InvariantCulture, $"chaos-{seed}"));
        foreach (var host in lab.Cluster.Hosts)
        {
            var kept = Directory.CreateDirectory(Path.Combine(folder, host.Name)).FullName;
            await Tools.Command.TryAsync(["/bin/sh", "-c", "cp -r \"$1\"/logs \"$1\"/node/moves \"$1\"/node/machines \"$2\"", "sh", host.Layout.InstanceFolder, kept], null, SharedLab.Token);
        }
        return folder;
    }
}
