using Rempart.Api.Client;
using Rempart.Api.Compute;
using Rempart.Lab.Cluster;
using Rempart.Lab.Tests.Labs;

namespace Rempart.Lab.Tests.Chaos;

/// <summary>Machines that check themselves, steps by chance, and what must hold after each of them and in the end.</summary>
/// <param name="lab">the lab; it is left whole and without the machines.</param>
/// <param name="seed">the same one takes the same steps.</param>
/// <param name="say">told of each step.</param>
internal sealed class ChaosRun(SharedLab lab, int seed, Action<string> say)
{
    private const string Template = "pagecheck";
    private static readonly string[] Machines = ["chaos-a", "chaos-b"];
    private readonly ChaosSteps _steps = new(lab);

    /// <summary>Ends at the first thing that is wrong, and says at which step of which seed.</summary>
    public async Task RunAsync(int count)
    {
        await new GuestTemplate(lab.Cluster, Template, await SharedLab.PageCheckAsync(), "quiet pc_memory=16 pc_pages=16 pc_pause=40000").EnsureAsync(lab.Api, SharedLab.Token);
        var before = new Dictionary<string, IReadOnlyList<string>>(StringComparer.Ordinal);
        foreach (var host in lab.Cluster.Hosts) before[host.Name] = await HostRemains.OfAsync(host, SharedLab.Token);
        try
        {
            foreach (var machine in Machines) await _steps.DoAsync($"machine {machine} of {Template}");
            foreach (var machine in Machines) await _steps.DoAsync($"until machine {machine} is Running/True");
            await using var watch = new ChaosWatch(lab.Cluster, await UidsAsync());
            foreach (var machine in Machines) await lab.Cluster.UntilAsync($"`{machine}` shows rounds", () => Task.FromResult(watch.RoundOf(machine) > 0), SharedLab.Token);
            var steps = ChaosPlan.Steps(seed, count, [.. lab.Cluster.Hosts.Select(host => host.Name)], Machines);
            for (var i = 0; i < steps.Count; i++)
            {
                say($"seed {seed}, step {i + 1} of {steps.Count}: {steps[i]}");
                await _steps.DoAsync(steps[i]);
                Look(watch, $"behind step {i + 1} of {steps.Count} of seed {seed}, `{steps[i]}`");
            }
            await CalmAsync(watch);
        }
        finally
        {
            await lab.HealAsync();
            foreach (var machine in Machines) await _steps.DoAsync($"delete machine {machine}");
        }
        await NothingIsLeftAsync(before);
    }

    private async Task CalmAsync(ChaosWatch watch)
    {
        say("everything is mended");
        await lab.HealAsync();
        foreach (var machine in Machines)
        {
            await lab.Cluster.UntilAsync($"moves of `{machine}` are over", () => AreOverAsync(machine), SharedLab.Token);
            await _steps.DoAsync($"until machine {machine} is Running/True");
            await _steps.DoAsync($"one process {machine}");
            // It runs, which its phase says only of its process.
            var (lives, round) = (watch.LivesOf(machine), watch.RoundOf(machine));
            await lab.Cluster.UntilAsync($"`{machine}` goes on", () => Task.FromResult(watch.LivesOf(machine) != lives || watch.RoundOf(machine) > round + 50), SharedLab.Token);
            say($"`{machine}` is in round {watch.RoundOf(machine)} of its life {watch.LivesOf(machine)}");
        }
        Assert.Empty(await _steps.LostAsync());
        Look(watch, $"at the end of seed {seed}");
    }

    // There may have been none.
    private async Task<bool> AreOverAsync(string machine)
    {
        var moves = await lab.Api.ListAllAsync<MachineMigration>(new ListQuery { Namespace = "default", FieldSelector = $"spec.machine={machine}" }, SharedLab.Token);
        return moves.Items.All(move => MigrationPhase.IsEnded(move.Status?.Phase));
    }

    private static void Look(ChaosWatch watch, string when)
    {
        if (watch.Wrong.Count > 0) Assert.Fail($"{when}:\n{string.Join('\n', watch.Wrong.Take(10))}");
    }

    private async Task<IReadOnlyDictionary<string, string>> UidsAsync()
    {
        var uids = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var machine in Machines) uids[machine] = (await lab.Api.GetAsync<VirtualMachine>("default", machine, SharedLab.Token)).Metadata.Uid!;
        return uids;
    }

    // Agents tidy up within a minute or two.
    private async Task NothingIsLeftAsync(Dictionary<string, IReadOnlyList<string>> before)
    {
        foreach (var host in lab.Cluster.Hosts)
        {
            IReadOnlyList<string> left = [];
            try
            {
                await lab.Cluster.UntilAsync($"nothing of the machines is left on `{host.Name}`", async () => (left = [.. (await HostRemains.OfAsync(host, SharedLab.Token)).Except(before[host.Name])]).Count == 0, SharedLab.Token);
            }
            catch (LabException late)
            {
                Assert.Fail($"{late.Message}, seed {seed}:\n{string.Join('\n', left.Take(20))}");
            }
        }
    }
}
