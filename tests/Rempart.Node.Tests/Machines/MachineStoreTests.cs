using Rempart.Node.Machines;
using Rempart.Node.Workloads;

namespace Rempart.Node.Tests.Machines;

public sealed class MachineStoreTests
{
    [Fact]
    public void No_machine_gets_an_id_that_tools_run_with()
    {
        var settings = new WorkloadSettings { Instance = "t", DataFolder = "/nowhere", FirstUid = 1_000_000, UidCount = 4 };
        var store = new MachineStore(settings);
        var ids = Enumerable.Range(0, 2).Select(i => store.Allocate($"machine-{i}")).ToList();
        Assert.Equal([1_000_000u, 1_000_001u], ids);
        Assert.DoesNotContain(settings.ToolUid, ids);
        Assert.DoesNotContain(settings.FetchUid, ids);
        Assert.Contains("all 2 user ids", Assert.Throws<WorkloadException>(() => store.Allocate("one-more")).Message, StringComparison.Ordinal);
    }
}
