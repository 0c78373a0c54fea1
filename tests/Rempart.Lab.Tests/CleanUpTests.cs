using Rempart.Lab.Layout;
using Rempart.Lab.Tests.Labs;

namespace Rempart.Lab.Tests;

/// <summary>A lab leaves nothing behind: processes, namespaces, links, addresses, mounts, cgroups, accounts, folders.</summary>
[Trait("level", "lab")]
public sealed class CleanUpTests
{
    [Fact]
    public async Task A_lab_that_ends_leaves_nothing_though_a_host_is_frozen_and_another_was_killed()
    {
        using var programs = new BuiltPrograms();
        LabLayout? layout = null;
        var lab = await LabCluster.StartAsync(await programs.PlanAsync(2, SharedLab.Token), claimed => layout = claimed, _ => { }, TimeProvider.System, SharedLab.Token);
        IReadOnlyList<string> during;
        try
        {
            during = await MachineInventory.OfAsync(lab.Layout, SharedLab.Token);
            await lab.Hosts[0].KillAsync(SharedLab.Token);
            await lab.Hosts[1].FreezeAsync(SharedLab.Token);
        }
        finally
        {
            // Nobody else would: whatever fails above leaves no lab.
            await lab.DownAsync(CancellationToken.None);
        }

        // What can't be seen can't be missed.
        Assert.Equal(["address", "cgroup", "folder", "link", "mount", "namespace", "process", "route"], during.Select(line => line.Split(' ')[0]).Distinct().Order(StringComparer.Ordinal));
        Assert.Empty(await MachineInventory.OfAsync(layout!, SharedLab.Token));
    }

    [Fact]
    public async Task A_lab_that_can_not_be_started_leaves_nothing()
    {
        using var programs = new BuiltPrograms();
        LabLayout? layout = null;
        // Without a program no service of it starts, but hosts boot.
        var plan = await programs.PlanAsync(1, SharedLab.Token);
        var nothing = Directory.CreateTempSubdirectory("rempart-lab-").FullName;
        try
        {
            var failure = await Assert.ThrowsAsync<LabException>(() => LabCluster.StartAsync(plan with { Runtime = nothing }, claimed => layout = claimed, _ => { }, TimeProvider.System, SharedLab.Token));

            Assert.Contains("rempart-server init", failure.Message, StringComparison.Ordinal);
            Assert.Empty(await MachineInventory.OfAsync(layout!, SharedLab.Token));
        }
        finally
        {
            Directory.Delete(nothing);
        }
    }
}
