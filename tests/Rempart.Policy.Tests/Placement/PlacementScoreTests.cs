using Rempart.Policy.Placement;
using static Rempart.Policy.Tests.Placement.Cluster;

namespace Rempart.Policy.Tests.Placement;

public sealed class PlacementScoreTests
{
    [Fact]
    public void The_emptiest_host_is_taken()
    {
        var model = Of(Host("h1"), Host("h2"));
        model.Put(Machine("other", "h1"));
        Assert.Equal("h2", model.Decide(Machine("web")).NodeName);
    }

    [Fact]
    public void Equal_hosts_are_chosen_by_the_seed_alone()
    {
        var (one, other) = (Of(Host("h1"), Host("h2"), Host("h3")), Of(Host("h3"), Host("h1"), Host("h2")));
        foreach (var seed in Enumerable.Range(0, 50).Select(seed => (ulong)seed))
        {
            var facts = Facts(Machine("web"));
            Assert.Equal(PlacementSearch.Decide(one.Snapshot(Now), facts, seed: seed).NodeName, PlacementSearch.Decide(other.Snapshot(Now), facts, seed: seed).NodeName);
        }

        Assert.Equal(3, Enumerable.Range(0, 50).Select(seed => PlacementSearch.Decide(one.Snapshot(Now), Facts(Machine("web")), seed: (ulong)seed).NodeName).Distinct().Count());
    }

    [Fact]
    public void Processors_and_memory_are_used_up_alike()
    {
        // Given two hosts with as much left on average, a machine of many processors goes where processors are left.
        var model = Of(Host("h1", "8Gi", "2"), Host("h2", "8Gi", "2"));
        model.Put(Machine("memory", "h1", "4Gi", 1));
        model.Put(Machine("processors", "h2", "512Mi", 5));
        Assert.Equal("h1", model.Decide(Machine("web", cpus: 3)).NodeName);
    }

    [Fact]
    public void Machines_of_one_template_are_spread_over_zones_and_then_racks()
    {
        var model = Of([.. Enumerable.Range(0, 8).Select(i => Host($"h{i}", "64Gi", "16", (Zone, $"z{i / 4}"), (Rack, $"r{i / 2 % 2}")))]);
        var hosts = Enumerable.Range(0, 4).Select(i => model.Place(Machine($"m{i}"))!).ToList();
        Assert.Equal(4, hosts.Select(host => (host[1] - '0') / 2).Distinct().Count());
        Assert.Equal(2, hosts.Take(2).Select(host => (host[1] - '0') / 4).Distinct().Count());
    }

    [Fact]
    public void A_host_that_is_rather_avoided_is_taken_when_the_others_are_full()
    {
        var model = Of(Host("h1", "2Gi"), Host("h2", "2Gi") with { Spec = new() { Taints = [new() { Key = "old", Effect = "PreferNoSchedule" }] } });
        Assert.Equal("h1 h1 h2", string.Join(' ', Enumerable.Range(0, 3).Select(i => model.Place(Machine($"m{i}")))));
    }

    [Fact]
    public void The_explanation_names_the_parts_of_each_score()
    {
        var model = Of(Host("h1", "64Gi", "16", (Zone, "a")), Host("h2", "64Gi", "16", (Zone, "b")), Host("h3", "600Mi"));
        model.Put(Machine("other", "h1"));
        var explained = PlacementSearch.Explain(model.Snapshot(Now), Facts(Machine("web")));
        Assert.Equal("2/3 hosts fit: 1 lacks memory (need 672Mi, 600Mi free)", explained.Decision.Message);
        Assert.Equal(["h2", "h1", "h3"], [.. explained.Hosts.Select(host => host.Node)]);
        Assert.Equal([("Room", 987), ("Balance", 497), ("Spread", 1000)], explained.Hosts[0].Scores);
        Assert.Equal(2484, explained.Hosts[0].Score);
        Assert.Equal((PlacementFilter.Memory, "lacks memory (need 672Mi, 600Mi free)"), (explained.Hosts[2].Filter, explained.Hosts[2].Message));
    }
}
