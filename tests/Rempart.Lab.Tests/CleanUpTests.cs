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
        var lab = await LabCluster.StartAsync(await programs.PlanAsync(2, SharedLab.Token), isOwned: true, claimed => layout = claimed, _ => { }, TimeProvider.System, SharedLab.Token);
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

        var layout = await StartInVainAsync(await programs.PlanAsync(1, SharedLab.Token));

        Assert.Empty(await MachineInventory.OfAsync(layout, SharedLab.Token));
    }

    [Fact]
    public async Task A_lab_whose_process_was_killed_is_ended_by_the_next_that_starts_and_one_that_a_person_made_is_not()
    {
        using var programs = new BuiltPrograms();
        var plan = await programs.PlanAsync(1, SharedLab.Token);
        var (killed, owner) = await LabRegistry.ClaimAsync(slot => plan with { Slot = slot }, isOwned: true, SharedLab.Token);
        var (persons, none) = await LabRegistry.ClaimAsync(slot => plan with { Slot = slot }, isOwned: false, SharedLab.Token);
        var lab = LabCluster.Open(killed.Folder, TimeProvider.System);
        try
        {
            Assert.Null(none);
            await lab.Planes.UpAsync(SharedLab.Token);
            await lab.Hosts[0].BootAsync(SharedLab.Token);

            await StartInVainAsync(plan);
            Assert.True(lab.Hosts[0].IsUp);

            // The kernel does no more when a process is killed.
            owner!.Dispose();
            await StartInVainAsync(plan);
            Assert.Empty(await MachineInventory.OfAsync(killed, SharedLab.Token));
            Assert.True(Directory.Exists(persons.Folder));
        }
        finally
        {
            await lab.DownAsync(CancellationToken.None);
            LabRegistry.Forget(persons);
        }
    }

    [Fact]
    public void Who_owned_a_lab_is_followed_by_one_only_and_by_none_once_it_is_nobodys()
    {
        var folder = Directory.CreateTempSubdirectory("rempart-lab-").FullName;
        try
        {
            var (before, after) = (Path.Combine(folder, "before"), Path.Combine(folder, "after"));
            Directory.CreateDirectory(before);
            var first = LabOwner.Write(before);
            // As a slot is claimed.
            Directory.Move(before, after);
            Assert.Null(LabOwner.TryTake(after));
            first.Dispose();
            using (var second = LabOwner.TryTake(after))
            {
                Assert.NotNull(second);
                Assert.Null(LabOwner.TryTake(after));
                second.Abandon();
            }
            Assert.Null(LabOwner.TryTake(after));
            Assert.Empty(Directory.EnumerateFiles(after));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    // Without a runtime no service of it starts, but hosts boot.
    private static async Task<LabLayout> StartInVainAsync(LabPlan plan)
    {
        LabLayout? layout = null;
        var nothing = Directory.CreateTempSubdirectory("rempart-lab-").FullName;
        try
        {
            var failure = await Assert.ThrowsAsync<LabException>(() => LabCluster.StartAsync(plan with { Runtime = nothing }, isOwned: true, claimed => layout = claimed, _ => { }, TimeProvider.System, SharedLab.Token));
            Assert.Contains("rempart-server init", failure.Message, StringComparison.Ordinal);
            return layout!;
        }
        finally
        {
            Directory.Delete(nothing);
        }
    }
}
