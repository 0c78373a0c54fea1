using Rempart.Api.Compute;
using Rempart.Api.Core;
using Rempart.Api.Infra;
using Rempart.Api.Storage;
using Rempart.Controllers.Scheduling;
using Rempart.Controllers.Tests.Compute;

namespace Rempart.Controllers.Tests.Scheduling;

public sealed class PlacementSearchTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly VirtualMachine _machine = MachineWorld.Machine("web");

    private static readonly (string Obstacle, Func<SchedulerView.Candidate, SchedulerView.Candidate> Change)[] Obstacles =
    [
        ("not ready", host => host with { LeaseFresh = false }),
        ("not ready", host => Change(host, node => node with { Status = node.Status! with { Conditions = [new() { Type = "Ready", Status = "Unknown" }] } })),
        ("unschedulable", host => Change(host, node => node with { Spec = new() { Unschedulable = true } })),
        ("with the taint `broken`", host => Change(host, node => node with { Spec = new() { Taints = [new() { Key = "broken", Effect = "NoSchedule" }] } })),
        ("with too little memory (`672Mi` is needed)", host => Change(host, _ => MachineWorld.Node("h1", Now, memory: "600Mi"))),
        ("with too little memory (`672Mi` is needed)", host => host with { Bound = [.. Enumerable.Range(0, 6).Select(i => MachineWorld.Machine($"m{i}"))] }),
        ("with too few processors (`1` needed, `0` free at an overcommit of 4)", host => Change(host, node => node with { Status = MachineWorld.Node("h1", Now, "64Gi", "1").Status }) with { Bound = [.. Enumerable.Range(0, 4).Select(i => MachineWorld.Machine($"m{i}"))] }),
        ("leaving the cluster", host => Change(host, node => node with { Metadata = node.Metadata with { DeletionTimestamp = Now } })),
    ];

    [Fact]
    public void A_host_that_does_not_fit_is_named_with_its_reason()
    {
        foreach (var (obstacle, change) in Obstacles)
        {
            var placement = PlacementSearch.Decide(_machine, View([change(Host("h1"))]));
            Assert.Equal((null, $"0/1 nodes are available: 1 {obstacle}"), (placement.NodeName, placement.Message));
        }
    }

    [Theory]
    [InlineData("5", "h1", "")]
    [InlineData("1", null, "overcommit of 1)")]
    [InlineData("0", null, "overcommit of 4)")]
    [InlineData("many", null, "overcommit of 4)")]
    public void A_host_says_how_many_processors_it_gives_out_for_each_of_its_own(string overcommit, string? placed, string says)
    {
        var node = MachineWorld.Node("h1", Now, "64Gi", "1");
        node = node with { Metadata = node.Metadata with { Annotations = new Dictionary<string, string> { [CpuOvercommit.Annotation] = overcommit } } };
        var placement = PlacementSearch.Decide(_machine, View([new(node, true, [.. Enumerable.Range(0, 4).Select(i => MachineWorld.Machine($"m{i}"))])]));
        Assert.Equal(placed, placement.NodeName);
        Assert.Contains(says, placement.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Reasons_are_counted_over_the_hosts()
    {
        var placement = PlacementSearch.Decide(_machine, View([Host("h1") with { LeaseFresh = false }, Host("h2") with { LeaseFresh = false }, Host("h3", "600Mi")]));
        Assert.Equal("0/3 nodes are available: 2 not ready, 1 with too little memory (`672Mi` is needed)", placement.Message);
    }

    [Fact]
    public void The_emptiest_host_is_taken_and_the_first_by_name_among_equals()
    {
        Assert.Equal("h2", PlacementSearch.Decide(_machine, View([Host("h1") with { Bound = [MachineWorld.Machine("other")] }, Host("h2")])).NodeName);
        Assert.Equal("h1", PlacementSearch.Decide(_machine, View([Host("h2"), Host("h1")])).NodeName);
    }

    [Fact]
    public void A_machine_goes_where_its_volume_is()
    {
        var machine = _machine with { Status = _machine.Status! with { Volumes = [new() { Name = "root", ObjectName = "web-root" }] } };
        var volume = new Volume { Spec = new(), Status = new() { NodeName = "h2" } };
        var view = View([Host("h1"), Host("h2") with { Bound = [MachineWorld.Machine("other")] }]) with { Volume = _ => volume };
        Assert.Equal("h2", PlacementSearch.Decide(machine, view).NodeName);
        Assert.Equal("0/1 nodes are available: 1 not holding volume `web-root`", PlacementSearch.Decide(machine, view with { Nodes = [Host("h1")] }).Message);
    }

    [Fact]
    public void A_machine_goes_only_where_its_image_is()
    {
        var view = View([Host("h1"), Host("h2")]);
        Assert.Equal("h2", PlacementSearch.Decide(_machine, view with { Image = _ => MachineWorld.Image("h2") }).NodeName);
        Assert.Equal("0/2 nodes are available: 2 without image `debian-12`, which does not exist", PlacementSearch.Decide(_machine, view with { Image = _ => null }).Message);
    }

    [Fact]
    public void A_node_selector_is_obeyed()
    {
        var machine = _machine with { Spec = _machine.Spec with { NodeSelector = new Dictionary<string, string> { ["disk"] = "fast" } } };
        var fast = Change(Host("h2"), node => node with { Metadata = node.Metadata with { Labels = new Dictionary<string, string> { ["disk"] = "fast" } } });
        Assert.Equal("h2", PlacementSearch.Decide(machine, View([Host("h1"), fast])).NodeName);
        Assert.Contains("1 without the labels", PlacementSearch.Decide(machine, View([Host("h1")])).Message, StringComparison.Ordinal);
    }

    private static SchedulerView.Candidate Change(SchedulerView.Candidate host, Func<Node, Node> change) => host with { Node = change(host.Node) };

    private static SchedulerView.Candidate Host(string name, string memory = "4Gi") => new(MachineWorld.Node(name, Now, memory), true, []);

    private static SchedulerView View(IReadOnlyList<SchedulerView.Candidate> nodes) =>
        new() { Nodes = nodes, Image = _ => MachineWorld.Image("h1", "h2", "h3"), Volume = _ => null };
}
