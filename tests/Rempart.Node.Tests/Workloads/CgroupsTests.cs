using Rempart.Node.Workloads;

namespace Rempart.Node.Tests.Workloads;

/// <summary>Both layouts, as trees of ordinary files.</summary>
public sealed class CgroupsTests : IDisposable
{
    private readonly string root = Directory.CreateTempSubdirectory("rempart-cgroup-").FullName;

    [Fact]
    public void Version_2_counts_kills_and_swap_in_one_tree()
    {
        File.WriteAllText(root + "/cgroup.controllers", "cpu memory");
        Directory.CreateDirectory(root + "/rempart-a/u");
        File.WriteAllText(root + "/rempart-a/u/memory.events", "low 0\nhigh 0\nmax 40\noom 3\noom_kill 2\noom_group_kill 0\n");
        var groups = Cgroups.Detect(root);
        Assert.True(groups is { Unified: true, CountsSwap: true });
        Assert.Equal(2, groups.OutOfMemoryKills("/rempart-a/u"));
        Assert.Equal(0, groups.OutOfMemoryKills("/rempart-a/gone"));
    }

    [Fact]
    public void The_hybrid_counts_them_in_the_memory_hierarchy_and_swap_only_where_the_kernel_does()
    {
        Directory.CreateDirectory(root + "/memory/rempart-a/u");
        Directory.CreateDirectory(root + "/unified");
        File.WriteAllText(root + "/memory/rempart-a/u/memory.oom_control", "oom_kill_disable 0\nunder_oom 0\noom_kill 1\n");
        var groups = Cgroups.Detect(root);
        Assert.True(groups is { Unified: false, CountsSwap: false });
        Assert.Equal(1, groups.OutOfMemoryKills("/rempart-a/u"));
        File.WriteAllText(root + "/memory/memory.memsw.limit_in_bytes", "0");
        Assert.True(Cgroups.Detect(root).CountsSwap);
    }

    [Fact]
    public void An_empty_group_goes_from_every_hierarchy_and_one_in_use_stays()
    {
        Directory.CreateDirectory(root + "/cpu/rempart-a");
        Directory.CreateDirectory(root + "/pids/rempart-a/used");
        Directory.CreateDirectory(root + "/memory");
        Cgroups.Detect(root).RemoveIfEmpty("/rempart-a");
        Assert.False(Directory.Exists(root + "/cpu/rempart-a"));
        Assert.True(Directory.Exists(root + "/pids/rempart-a"));
    }

    public void Dispose() => Directory.Delete(root, recursive: true);
}
