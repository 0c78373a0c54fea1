using Rempart.Policy.Placement;
using static Rempart.Policy.Tests.Placement.Cluster;

namespace Rempart.Policy.Tests.Placement;

public sealed class WaitingOrderTests
{
    [Fact]
    public void A_priority_overtakes_in_its_own_project_only()
    {
        var line = new[] { ("p", "a", 0), ("q", "b", 0), ("p", "c", 10), ("q", "d", 1000), ("p", "e", -1), ("r", "f", 0) }.Select((entry, age) =>
        {
            var machine = Machine(entry.Item2, ns: entry.Item1);
            return machine with { Metadata = machine.Metadata with { CreationTimestamp = Now.AddSeconds(age) }, Spec = machine.Spec with { Priority = entry.Item3 } };
        });
        Assert.Equal("c d a b e f", string.Join(' ', WaitingOrder.Of(line.Reverse()).Select(machine => machine.Metadata.Name)));
    }
}
