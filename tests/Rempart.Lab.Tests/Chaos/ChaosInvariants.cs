using Rempart.Api.Client;
using Rempart.Api.Compute;
using Rempart.Api.Networking;
using Rempart.Api.Storage;
using Rempart.Lab.Hosts;
using Rempart.Lab.Tests.Labs;

namespace Rempart.Lab.Tests.Chaos;

/// <summary>What must hold behind each step, when all is at rest, and in the end when the machines are gone.</summary>
/// <param name="lab">the lab.</param>
/// <param name="steps">asks, and knows what was acknowledged.</param>
/// <param name="names">of the machines.</param>
internal sealed class ChaosInvariants(SharedLab lab, ChaosSteps steps, IReadOnlyList<string> names)
{
    private readonly Dictionary<string, IReadOnlyList<string>> _before = new(StringComparer.Ordinal);
    private readonly RemainsBook _remains = new();
    private IReadOnlyList<string> _objectsBefore = [];
    private IReadOnlyList<WatchedMachine> _machines = [];

    private sealed record Places(IReadOnlyList<VirtualMachine> Machines, IReadOnlyList<MachineMigration> Moves);

    /// <summary>There are no machines yet: what is on the hosts now is none of theirs.</summary>
    public async Task RememberAsync()
    {
        foreach (var host in lab.Cluster.Hosts) _before[host.Name] = await HostRemains.OfAsync(host, SharedLab.Token);
        _objectsBefore = await ClusterRemains.OfAsync(lab.Api, SharedLab.Token);
    }

    /// <summary>The machines run for the first time.</summary>
    public async Task<IReadOnlyList<WatchedMachine>> MachinesAsync()
    {
        var machines = new List<WatchedMachine>();
        foreach (var name in names)
        {
            var machine = await lab.Api.GetAsync<VirtualMachine>("default", name, SharedLab.Token);
            var volume = await lab.Api.GetAsync<Volume>("default", machine.Status!.Volumes![0].ObjectName, SharedLab.Token);
            var nic = await lab.Api.GetAsync<NetworkInterface>("default", machine.Status.NetworkInterfaces![0].ObjectName, SharedLab.Token);
            machines.Add(new WatchedMachine(name, machine.Metadata.Uid!, volume.Metadata.Uid!, nic.Metadata.Uid!));
        }
        return _machines = machines;
    }

    /// <summary>Behind a step, in whatever state the cluster is: waits for nothing.</summary>
    /// <param name="watch">of the machines.</param>
    /// <param name="step">that was done.</param>
    public async Task LookAsync(ChaosWatch watch, string step)
    {
        RunOnce(watch);
        if (await steps.LostAsync() is { Count: > 0 } lost) Assert.Fail($"acknowledged and not there: {string.Join(", ", lost)}");
        foreach (var host in lab.Cluster.Hosts.Where(host => step.Split(' ').Contains(host.Name, StringComparer.Ordinal))) _remains.Forget(host.Name);
        if (await steps.AskAsync(PlacesAsync) is not { } places) return;
        var cut = (await lab.Cluster.Planes.CutsAsync(SharedLab.Token)).Select(cut => cut.Host).ToHashSet();
        foreach (var host in lab.Cluster.Hosts)
        {
            var foreign = host.IsUp && !host.IsFrozen && !cut.Contains(host.Layout.Number) ? await ForeignAsync(host, places) : null;
            if (foreign is null) _remains.Forget(host.Name);
            else if (_remains.Look(host.Name, foreign, TimeProvider.System.GetUtcNow()) is { Count: > 0 } left) Assert.Fail(string.Join('\n', left.Take(20)));
        }
    }

    /// <summary>Mends everything and waits until it has come to rest: the machines run once each and go on, and nothing is where it does not belong.</summary>
    public async Task SettleAsync(ChaosWatch watch, Action<string> say)
    {
        await lab.HealAsync();
        foreach (var machine in names)
        {
            await lab.Cluster.UntilAsync($"moves of `{machine}` are over", async () => await steps.AskAsync(PlacesAsync) is { } places && places.Moves.All(move => move.Spec.Machine != machine || IsOver(move)), SharedLab.Token);
            await steps.DoAsync($"until machine {machine} is Running/True");
            await steps.DoAsync($"one process {machine}");
            // It runs, which its phase says only of its process.
            var then = watch.Of(machine);
            await lab.Cluster.UntilAsync($"`{machine}` goes on", () => Task.FromResult(watch.Of(machine) is var now && (now.Lives != then.Lives || now.Round > then.Round + 50) && now.Written > then.Written + 5), SharedLab.Token);
            say($"`{machine}` is in round {watch.Of(machine).Round} of its life {watch.Of(machine).Lives}, in {watch.Of(machine).Process}; {watch.Of(machine).Written} rounds were read on disks");
        }
        Assert.Empty(await steps.LostAsync() ?? throw new LabException("no API server answers though all is mended"));
        foreach (var host in lab.Cluster.Hosts)
            await GoneAsync($"nothing is on `{host.Name}` that belongs to no machine there", async () => await steps.AskAsync(PlacesAsync) is { } places ? await ForeignAsync(host, places) : null);
        RunOnce(watch);
    }

    /// <summary>The machines were deleted: within some minutes nothing of them is anywhere.</summary>
    public async Task NothingIsLeftAsync()
    {
        foreach (var host in lab.Cluster.Hosts) await GoneAsync($"nothing of the machines is left on `{host.Name}`", () => ForeignAsync(host, new Places([], [])));
        await GoneAsync("nothing of the machines is left in the API", () => steps.AskAsync<IReadOnlyList<string>>(async (api, token) => [.. (await ClusterRemains.OfAsync(api, token)).Except(_objectsBefore)]));
    }

    // By the consoles, the processes and the disks of all hosts.
    private static void RunOnce(ChaosWatch watch)
    {
        if (watch.Wrong.Count > 0) Assert.Fail(string.Join('\n', watch.Wrong.Take(10)));
    }

    private async Task GoneAsync(string what, Func<Task<IReadOnlyList<string>?>> remains)
    {
        IReadOnlyList<string>? left = null;
        try
        {
            await lab.Cluster.UntilAsync(what, async () => (left = await remains()) is { Count: 0 }, SharedLab.Token);
        }
        catch (LabException late)
        {
            Assert.Fail($"{late.Message}:\n{string.Join('\n', left is null ? ["it could not be looked at"] : left.Take(20))}");
        }
    }

    private async Task<IReadOnlyList<string>?> ForeignAsync(LabHost host, Places places)
    {
        var here = _machines.Where(machine =>
            places.Machines.Any(found => found.Metadata.Uid == machine.Uid && found.Status?.NodeName == host.Name)
            || places.Moves.Any(move => move.Spec.Machine == machine.Name && !IsOver(move) && (move.Status is not { TargetNode: not null, SourceNode: not null } || move.Status.SourceNode == host.Name || move.Status.TargetNode == host.Name))).ToList();
        try
        {
            return Belongings.Foreign(_before[host.Name], await HostRemains.OfAsync(host, SharedLab.Token), here, places.Machines.Count > 0 ? _machines : []);
        }
        catch (LabException)
        {
            // A service that it asks is just being started.
            return null;
        }
    }

    private static async Task<Places> PlacesAsync(ApiClient api, CancellationToken cancellationToken)
    {
        var query = new ListQuery { Namespace = "default" };
        return new Places((await api.ListAllAsync<VirtualMachine>(query, cancellationToken)).Items, (await api.ListAllAsync<MachineMigration>(query, cancellationToken)).Items);
    }

    private static bool IsOver(MachineMigration move) => MigrationPhase.IsEnded(move.Status?.Phase);
}
