using System.Globalization;
using Rempart.Api.Compute;
using Rempart.Api.Core;
using Rempart.Instance.Tests.Instances;
using Rempart.Node.Machines;

namespace Rempart.Bench.Instance;

/// <summary>Machines of the micro guest that have booted and wait at their prompt. Disposal deletes them and what was made for them.</summary>
internal sealed class MachineFleet : IAsyncDisposable
{
    private const string Project = "bench-fleet";

    private readonly RunningInstance _instance;
    private readonly HostOvercommit _overcommit;
    private readonly List<string> _names = [];

    private MachineFleet(RunningInstance instance, HostOvercommit overcommit) => (_instance, _overcommit) = (instance, overcommit);

    /// <summary>Their QEMU processes.</summary>
    internal List<int> Hypervisors { get; } = [];

    /// <summary>Their conmon processes.</summary>
    internal List<int> Monitors { get; } = [];

    internal int Count => _names.Count;

    /// <summary>A machine that runs from now on; one after the other, since few cores boot many guests no sooner.</summary>
    internal static async Task<MachineFleet> StartAsync(RunningInstance instance, int count, Action<string> progress, CancellationToken cancellationToken)
    {
        var fleet = new MachineFleet(instance, await HostOvercommit.RaiseAsync(instance.Client, cancellationToken));
        try
        {
            await MicroTemplate.EnsureAsync(instance.Client, instance.Folder, cancellationToken);
            if (await instance.Client.FindAsync<Namespace>(null, Project, cancellationToken) is null) await instance.Client.CreateAsync(new Namespace { Metadata = new() { Name = Project } }, cancellationToken);
            for (var i = 0; i < count; i++)
            {
                progress($"start machine {i + 1} of {count}");
                await fleet.AddAsync($"idle-{i}", cancellationToken);
            }
            return fleet;
        }
        catch
        {
            await fleet.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var name in _names) await _instance.DeleteAsync(Project, name, CancellationToken.None);
        if (await _instance.Client.FindAsync<Namespace>(null, Project, CancellationToken.None) is not null) await _instance.Client.DeleteAsync<Namespace>(null, Project, null, CancellationToken.None);
        await MicroTemplate.RemoveAsync(_instance.Client, CancellationToken.None);
        await _overcommit.DisposeAsync();
    }

    private async Task AddAsync(string name, CancellationToken cancellationToken)
    {
        await _instance.DeleteAsync(Project, name, cancellationToken);
        _names.Add(name);
        var machine = await _instance.Client.CreateAsync(new VirtualMachine { Metadata = new() { Namespace = Project, Name = name }, Spec = new() { Template = MicroTemplate.Name, Class = MicroTemplate.Name } }, cancellationToken);
        var seen = machine;
        try
        {
            await _instance.UntilAsync($"`{name}` is ready", async () =>
            {
                seen = await _instance.Client.GetAsync<VirtualMachine>(Project, name, cancellationToken);
                return seen.Status?.Conditions?.Any(condition => condition is { Type: "GuestReady", Status: "True" }) == true;
            }, cancellationToken);
        }
        catch (BenchException late)
        {
            throw new BenchException($"{late.Message}; it says: {string.Join("; ", seen.Status?.Conditions?.Where(condition => condition.Status != "True").Select(condition => condition.Message) ?? [])}");
        }
        var folder = _instance.Workload(machine.Metadata.Uid!);
        Hypervisors.Add(MachineRecord.Parse(folder.ReadRecord()).Pid!.Value);
        Monitors.Add(int.Parse(await File.ReadAllTextAsync(folder.ConmonPid, cancellationToken), CultureInfo.InvariantCulture));
    }
}
