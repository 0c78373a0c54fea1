using Rempart.Api.Core;
using Rempart.Lab.Layout;
using Rempart.Lab.Tests.Labs;

namespace Rempart.Lab.Tests;

/// <summary>Hosts are hosts: of their own, reachable by planes that can be cut, and gone when they are killed.</summary>
[Trait("level", "lab")]
public sealed class HostTests(SharedLab lab)
{
    [Fact]
    public async Task Every_host_is_a_ready_node_with_its_addresses_and_its_own_boot_and_machine_id()
    {
        var nodes = new List<Node>();
        foreach (var host in lab.Cluster.Hosts) nodes.Add((await lab.Api.FindAsync<Node>(null, host.Name, SharedLab.Token))!);

        Assert.All(nodes, node => Assert.Contains(node.Status!.Conditions!, condition => condition is { Type: "Ready", Status: "True" }));
        Assert.All(nodes.Zip(lab.Cluster.Hosts), pair => Assert.Equal(
            [$"InternalIP {pair.Second.Layout.Address(Plane.Management)}", $"Hostname {pair.Second.Name}", $"rempart.dev/migration {pair.Second.Layout.Address(Plane.Migration)}", $"rempart.dev/storage {pair.Second.Layout.Address(Plane.Storage)}", $"rempart.dev/tenant {pair.Second.Layout.Address(Plane.Tenant)}"],
            pair.First.Status!.Addresses!.Select(address => $"{address.Type} {address.Address}")));
        var machine = (await File.ReadAllTextAsync("/proc/sys/kernel/random/boot_id", SharedLab.Token)).Trim();
        Assert.Equal(4, nodes.Select(node => node.Status!.NodeInfo!.BootID).Append(machine).Distinct().Count());
        Assert.Equal(3, nodes.Select(node => node.Status!.NodeInfo!.MachineID).Distinct().Count());
    }

    [Fact]
    public async Task A_cut_drops_what_a_host_sends_and_gets_in_that_plane_alone()
    {
        await lab.Cluster.Planes.CutAsync(lab.Host(2), Plane.Storage, SharedLab.Token);
        try
        {
            Assert.False(await ReachesAsync(2, 3, Plane.Storage));
            Assert.False(await ReachesAsync(3, 2, Plane.Storage));
            await lab.Cluster.UntilAsync("the others reach each other", () => ReachesAsync(1, 3, Plane.Storage), SharedLab.Token);
            await lab.Cluster.UntilAsync("the host is reached in another plane", () => ReachesAsync(2, 3, Plane.Migration), SharedLab.Token);
            Assert.Contains("state UP", await lab.Host(2).RunAsync(["ip", "link", "show", "storage"], null, SharedLab.Token), StringComparison.Ordinal);

            await lab.Cluster.Planes.HealAsync(lab.Host(2), Plane.Storage, SharedLab.Token);

            // A host that has asked in vain who has an address waits a moment before it asks again.
            await lab.Cluster.UntilAsync("the hosts reach each other again", () => ReachesAsync(2, 3, Plane.Storage), SharedLab.Token);
        }
        finally
        {
            await lab.HealAsync();
        }
    }

    [Fact]
    public async Task A_frozen_host_answers_nobody_and_goes_on_where_it_was()
    {
        var before = lab.Host(3).Processes;

        try
        {
            await lab.Host(3).FreezeAsync(SharedLab.Token);
            // The kernel's word: it says so when every process of the host has stopped.
            Assert.True(lab.Host(3).IsFrozen);
            await lab.Host(3).ThawAsync(SharedLab.Token);

            Assert.False(lab.Host(3).IsFrozen);
            Assert.Empty(before.Except(lab.Host(3).Processes));
        }
        finally
        {
            await lab.HealAsync();
        }
    }

    [Fact]
    public async Task A_killed_service_is_started_again_by_the_hosts_own_supervisor()
    {
        var stamp = Path.Combine(lab.Host(3).Layout.InstanceFolder, "init/ovn-northd.pid");
        var before = await File.ReadAllTextAsync(stamp, SharedLab.Token);

        await lab.Host(3).KillServiceAsync("ovn-northd", SharedLab.Token);

        await lab.Cluster.UntilAsync("ovn-northd runs again", async () => File.Exists(stamp) && await File.ReadAllTextAsync(stamp, SharedLab.Token) is { Length: > 0 } now && now != before, SharedLab.Token);
        await lab.HealAsync();
    }

    [Fact]
    public async Task Hosts_do_not_see_each_others_processes_and_files()
    {
        var seen = await lab.Host(2).RunAsync(["sh", "-c", "ls /var/lib/rempart; cat /proc/[0-9]*/cmdline | tr '\\0' ' '; ip -o -4 address show"], null, SharedLab.Token);

        Assert.Contains(lab.Host(2).Layout.Instance, seen, StringComparison.Ordinal);
        Assert.DoesNotContain($"{lab.Host(1).Layout.Instance}", seen, StringComparison.Ordinal);
        Assert.DoesNotContain($"{lab.Host(3).Layout.Address(Plane.Tenant)}/", seen, StringComparison.Ordinal);
    }

    private async Task<bool> ReachesAsync(int from, int to, Plane plane)
    {
        // Nobody listens there: a host that is reached refuses at once, one that is not says nothing.
        var (_, _, errors) = await Tools.Command.TryAsync(lab.Host(from).Command("timeout", "1", "bash", "-c", $"exec 3<>/dev/tcp/{lab.Host(to).Layout.Address(plane)}/9; echo open"), null, SharedLab.Token);
        return errors.Contains("refused", StringComparison.OrdinalIgnoreCase);
    }
}
