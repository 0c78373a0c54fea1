using Rempart.Api.Compute;
using Rempart.Api.Coordination;
using Rempart.Api.Core;
using Rempart.Api.Infra;
using Rempart.Api.Meta;
using Rempart.Api.Networking;
using Rempart.Policy.Placement;
using static Rempart.Policy.Tests.Placement.Cluster;

namespace Rempart.Policy.Tests.Placement;

public sealed class PlacementFilterTests
{
    [Fact]
    public void Each_reason_is_told_in_a_sentence()
    {
        (string Reason, Func<Node, Node> Change)[] reasons =
        [
            ("1 is leaving the cluster", host => host with { Metadata = host.Metadata with { DeletionTimestamp = Now } }),
            ("1 is not ready", host => host with { Status = host.Status! with { Conditions = [new() { Type = "Ready", Status = "Unknown" }] } }),
            ("1 is not ready", host => host with { Metadata = host.Metadata with { CreationTimestamp = Now.AddMinutes(-5) } }),
            ("1 is cordoned", host => host with { Spec = new() { Unschedulable = true } }),
            ("1 has the taint `broken`", host => host with { Spec = new() { Taints = [new() { Key = "broken", Effect = "NoSchedule" }] } }),
            ("1 lacks memory (need 672Mi, 600Mi free)", _ => Host("h1", "600Mi")),
            ("1 lacks processors (need 1, 0.4 free)", _ => Host("h1", cpu: "100m")),
        ];
        foreach (var (reason, change) in reasons)
        {
            var decision = Of(change(Host("h1"))).Decide(Machine("web"));
            Assert.Equal((null, "Unschedulable", $"0/1 hosts fit: {reason}"), (decision.NodeName, decision.Reason, decision.Message));
        }
    }

    [Fact]
    public void A_pool_that_a_profile_gives_to_some_hosts_is_lacked_by_the_others()
    {
        var model = Of(Host("h1"), Host("h2"), Host("h3"));
        var facts = Facts(Machine("web")) with { Pools = ["fast"] };
        PlacementDecision Decide() => PlacementSearch.Decide(model.Snapshot(Now), facts);
        Assert.NotNull(Decide().NodeName);

        var before = model.Openings;
        model.Put(WithPool("h2", false));
        Assert.Equal("0/3 hosts fit: 3 lack the pool `fast`", Decide().Message);
        model.Put(WithPool("h2", true));
        Assert.Equal("h2", Decide().NodeName);
        Assert.True(model.Openings > before);
        Assert.Null(PlacementSearch.Explain(model.Snapshot(Now), Facts(Machine("web"))).Hosts[0].Message);
        Assert.Equal(["lacks the pool `fast`", "lacks the pool `fast`"], PlacementSearch.Explain(model.Snapshot(Now), facts).Hosts.Where(host => host.Node != "h2").Select(host => host.Message));

        // Its disk is gone, then its profile.
        model.Put(WithPool("h2", false));
        Assert.Null(Decide().NodeName);
        model.RemoveHost("h2");
        Assert.NotNull(Decide().NodeName);

        static Host WithPool(string name, bool ready) => new()
        {
            Metadata = new() { Name = name }, Spec = new() { Profile = "p", Pools = [new() { Name = "fast", Path = "/mnt/fast" }] }, Status = new() { Pools = [new() { Name = "fast", Ready = ready }] },
        };
    }

    [Fact]
    public void A_machine_on_a_physical_network_goes_to_hosts_that_are_at_it()
    {
        var model = Of(Host("h1"), Host("h2"), Host("h3"));
        model.Put(Network("plain", null));
        model.Put(Network("machines", "floor"));
        var machine = On(Machine("web"), "plain", "machines");
        Assert.Equal("0/3 hosts fit: 3 lack the provider network `floor`", model.Decide(machine).Message);
        Assert.Equal(["h1", "h2", "h3"], PlacementSearch.Explain(model.Snapshot(Now), Facts(On(Machine("web"), "plain"))).Hosts.Select(host => host.Node).Order(StringComparer.Ordinal));

        // Told of it, at it, and off it again: its device is gone, or its profile does not name it any more although the host has not heard of that.
        model.Put(At("h2", ["floor"], false));
        Assert.Null(model.Decide(machine).NodeName);
        var before = model.Openings;
        model.Put(At("h2", ["floor"], true));
        Assert.True(model.Openings > before);
        Assert.Equal(("h2", 1), (model.Decide(machine).NodeName, model.Decide(machine).Fitting));
        Assert.Equal("node `h1` lacks the provider network `floor`", PlacementSearch.Obstacle(model.Snapshot(Now), Facts(machine), "h1", _ => true));
        model.Put(At("h2", [], true));
        Assert.Equal("0/3 hosts fit: 3 lack the provider network `floor`", model.Decide(machine).Message);
        model.Put(At("h3", ["floor"], true));
        Assert.Equal("h3", model.Decide(machine).NodeName);
        model.RemoveHost("h3");
        Assert.Null(model.Decide(machine).NodeName);

        static Host At(string name, string[] told, bool ready) => new()
        {
            Metadata = new() { Name = name }, Spec = new() { Profile = "p", ProviderNetworks = [.. told.Select(network => new ProviderNetwork { Name = network, Device = "eth1" })] },
            Status = new() { ProviderNetworks = [new() { Name = "floor", Device = "eth1", Ready = ready }] },
        };
    }

    [Fact]
    public void Before_a_network_is_there_nobody_says_where_its_machines_can_be()
    {
        var model = Of(Host("h1"));
        var machine = On(Machine("web"), "machines");
        Assert.Equal("0/1 hosts fit: 1 can't be judged before network `machines` is there", model.Decide(machine).Message);
        // Another project's is another one.
        model.Put(Network("machines", null) with { Metadata = new() { Namespace = "other", Name = "machines" } });
        Assert.Null(model.Decide(machine).NodeName);
        var before = model.Openings;
        model.Put(Network("machines", null));
        Assert.True(model.Openings > before);
        Assert.Equal("h1", model.Decide(machine).NodeName);
        model.RemoveNetwork("p", "machines");
        Assert.Null(model.Decide(machine).NodeName);
        // One that runs has its interface, and can leave its host.
        Assert.Equal("h1", model.Decide(machine with { Status = (machine.Status ?? new()) with { NodeName = "h2" } }).NodeName);
        // The default one comes by itself.
        Assert.Equal("h1", model.Decide(Machine("web")).NodeName);
        model.Put(Network("default", "floor"));
        Assert.Equal("0/1 hosts fit: 1 lacks the provider network `floor`", model.Decide(Machine("web")).Message);
    }

    [Fact]
    public void Reasons_are_counted_over_the_hosts_in_the_order_of_filters()
    {
        var model = Of(Host("h1", "600Mi"), Host("h2", "500Mi"), Host("h3") with { Spec = new() { Unschedulable = true } });
        Assert.Equal("0/3 hosts fit: 1 is cordoned, 2 lack memory (need 672Mi, 600Mi free)", model.Decide(Machine("web")).Message);
        Assert.Equal("NoNodes", new ClusterModel().Decide(Machine("web")).Reason);
    }

    [Fact]
    public void A_lease_that_lapses_closes_a_host_and_its_renewal_opens_it()
    {
        var model = Of(Host("h1"));
        Assert.Equal("h1", model.Decide(Machine("web")).NodeName);
        var later = Now.AddMinutes(1);
        Assert.Null(PlacementSearch.Decide(model.Snapshot(later), Facts(Machine("web"))).NodeName);
        var before = model.Openings;
        model.Put(Renewed(later), later);
        Assert.True(model.Openings > before);
        Assert.Equal("h1", PlacementSearch.Decide(model.Snapshot(later), Facts(Machine("web"))).NodeName);
    }

    [Theory]
    [InlineData(-3600)]
    [InlineData(3600)]
    public void A_lease_counts_from_when_its_renewal_was_seen_whatever_time_its_node_has(int wrong)
    {
        var model = Of(Host("h1"));
        var start = Now.AddMinutes(5);
        foreach (var seconds in (int[])[0, 10, 20])
        {
            model.Put(Renewed(start.AddSeconds(seconds + wrong)), start.AddSeconds(seconds));
            Assert.Equal("h1", PlacementSearch.Decide(model.Snapshot(start.AddSeconds(seconds)), Facts(Machine("web"))).NodeName);
        }

        // Told once more, and not renewed.
        model.Put(Renewed(start.AddSeconds(20 + wrong)), start.AddSeconds(50));
        Assert.Equal("h1", PlacementSearch.Decide(model.Snapshot(start.AddSeconds(59)), Facts(Machine("web"))).NodeName);
        Assert.Null(PlacementSearch.Decide(model.Snapshot(start.AddSeconds(60)), Facts(Machine("web"))).NodeName);
    }

    [Fact]
    public void A_machine_goes_where_its_volume_and_its_image_are_and_where_its_selector_says()
    {
        var model = Of(Host("h1", labels: ("disk", "fast")), Host("h2"));
        Assert.Equal("h2", PlacementSearch.Decide(model.Snapshot(Now), Facts(Machine("web"), ("web-root", "h2"))).NodeName);
        var picky = Machine("web") with { Spec = Machine("web").Spec with { NodeSelector = new Dictionary<string, string> { ["disk"] = "fast" } } };
        Assert.Equal("h1", model.Decide(picky).NodeName);
        Assert.Equal("0/2 hosts fit: 1 lacks the label `disk=fast`, 1 does not hold the volume `web-root`", PlacementSearch.Decide(model.Snapshot(Now), Facts(picky, ("web-root", "h2"))).Message);
        model.Put(Image("h2"));
        Assert.Equal("h2", model.Decide(Machine("web")).NodeName);
        model.RemoveImage("debian-12");
        Assert.Equal("0/2 hosts fit: 2 lack the image `debian-12`", model.Decide(Machine("web")).Message);
        Assert.Contains("before the template's settings are known", model.Decide(Machine("web") with { Status = new() }).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null, null, 8)]
    [InlineData(2, null, 4)]
    [InlineData(2, "3", 6)]
    public void Processors_are_given_out_as_often_as_the_host_or_its_cluster_says(int? cluster, string? annotation, int machines)
    {
        var host = Host("h1", "64Gi", labels: (HostCluster.Label, "east"));
        if (annotation is not null) host = host with { Metadata = host.Metadata with { Annotations = new Dictionary<string, string> { [CpuOvercommit.Annotation] = annotation } } };
        var model = Of(host);
        if (cluster is not null) model.Put(new HostCluster { Metadata = new() { Name = "east" }, Spec = new() { Overcommit = new() { Cpu = cluster } } });
        Assert.Equal(machines, Enumerable.Range(0, 20).Count(i => model.Place(Machine($"m{i}")) is not null));
    }

    [Fact]
    public void Memory_is_given_out_beyond_what_there_is_only_where_the_cluster_says_so()
    {
        var model = Of(Host("h1", "1344Mi", labels: (HostCluster.Label, "east")));
        Assert.Equal(2, Enumerable.Range(0, 5).Count(i => model.Place(Machine($"m{i}")) is not null));
        model.Put(new HostCluster { Metadata = new() { Name = "east" }, Spec = new() { Overcommit = new() { MemoryPercent = 150 } } });
        Assert.Equal(1, Enumerable.Range(5, 5).Count(i => model.Place(Machine($"m{i}")) is not null));
        model.RemoveCluster("east");
        var left = model.Snapshot(Now);
        Assert.Equal(-672L * 1024 * 1024, left.Room(left.Names.Find("h1")).FreeMemory);
    }

    [Fact]
    public void A_machine_on_its_way_takes_room_on_both_hosts()
    {
        var model = Of(Host("h1", "1Gi"), Host("h2", "1Gi"));
        model.Put(Machine("web", "h1"));
        var move = new Api.Compute.MachineMigration
        {
            Metadata = new() { Namespace = "p", Name = "move" }, Spec = new() { Machine = "web" }, Status = new() { Phase = "Transferring", SourceNode = "h1", TargetNode = "h2" },
        };
        model.Put(move);
        Assert.Null(model.Decide(Machine("db")).NodeName);
        model.Put(Machine("web", "h2"));
        Assert.Null(model.Decide(Machine("db")).NodeName);
        model.Put(move with { Status = move.Status with { Phase = "Completed" } });
        Assert.Equal("h1", model.Decide(Machine("db")).NodeName);
    }

    private static VirtualMachine On(VirtualMachine machine, params string[] networks) => machine with { Spec = machine.Spec with { NetworkInterfaces = [.. networks.Select(network => new MachineInterface { Name = network, Network = network })] } };

    private static Network Network(string name, string? provider) => new() { Metadata = new() { Namespace = "p", Name = name }, Spec = new() { Type = "Internal", Provider = provider is null ? null : new() { Network = provider } } };

    private static Lease Renewed(DateTimeOffset told) => new() { Metadata = new() { Namespace = HostLease.Namespace, Name = "h1" }, Spec = new() { RenewTime = new MicroTime(told), LeaseDurationSeconds = 40 } };
}
