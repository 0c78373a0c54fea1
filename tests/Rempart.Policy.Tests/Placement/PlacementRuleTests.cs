using Rempart.Policy.Placement;
using static Rempart.Policy.Tests.Placement.Cluster;

namespace Rempart.Policy.Tests.Placement;

public sealed class PlacementRuleTests
{
    private static readonly (string, string) Web = ("app", "web");
    private static readonly (string, string) Db = ("app", "db");

    private readonly ClusterModel _model = Of([.. Enumerable.Range(1, 4).Select(i => Host($"h{i}", "64Gi", "16", (Zone, i < 3 ? "a" : "b"), ("gpu", i == 4 ? "yes" : "no")))]);

    [Fact]
    public void Machines_that_must_be_apart_wait_rather_than_share_a_host()
    {
        _model.Put(Rule("apart", new() { Type = "Separation", Machines = Having("app", "web") }));
        Assert.Equal(4, Enumerable.Range(0, 4).Select(i => _model.Place(Machine($"m{i}", labels: Web))).Distinct().Count());
        Assert.Equal("0/4 hosts fit: 4 would break the rule `apart`", _model.Decide(Machine("m4", labels: Web)).Message);
        Assert.NotNull(_model.Place(Machine("other", labels: Db)));
        _model.RemoveMachine("p", "m0");
        Assert.NotNull(_model.Place(Machine("m4", labels: Web)));
    }

    [Fact]
    public void A_machine_is_not_in_its_own_way()
    {
        _model.Put(Rule("apart", new() { Type = "Separation", Machines = Having("app", "web"), TopologyKey = Zone }));
        var placed = Machine("m", "h1", labels: Web);
        _model.Put(placed);
        Assert.Equal(4, PlacementSearch.Explain(_model.Snapshot(Now), Facts(placed)).Decision.Fitting);
    }

    [Fact]
    public void A_zone_takes_as_many_as_the_rule_says()
    {
        _model.Put(Rule("few", new() { Type = "Separation", Machines = new(), TopologyKey = Zone, MaxPerDomain = 2 }));
        var hosts = Enumerable.Range(0, 5).Select(i => _model.Place(Machine($"m{i}"))).ToList();
        Assert.Equal((2, 2, 1), (hosts.Count(host => host is "h1" or "h2"), hosts.Count(host => host is "h3" or "h4"), hosts.Count(host => host is null)));
    }

    [Fact]
    public void Two_groups_keep_apart_whichever_comes_first()
    {
        _model.Put(Rule("apart", new() { Type = "Separation", Machines = Having("app", "web"), Others = Having("app", "db"), TopologyKey = Zone }));
        _model.Put(Machine("db", "h3", labels: Db));
        Assert.Equal("a", ZoneOf(_model.Place(Machine("web", labels: Web))));
        Assert.Equal("b", ZoneOf(_model.Place(Machine("db2", labels: Db))));
    }

    [Fact]
    public void Machines_that_must_be_together_follow_the_first()
    {
        _model.Put(Rule("near", new() { Type = "Affinity", Machines = Having("app", "web"), TopologyKey = Zone }));
        var zones = Enumerable.Range(0, 6).Select(i => ZoneOf(_model.Place(Machine($"m{i}", labels: Web)))).Distinct();
        Assert.Single(zones);
    }

    [Fact]
    public void Who_must_be_near_others_waits_for_one_of_them()
    {
        _model.Put(Rule("near-db", new() { Type = "Affinity", Machines = Having("app", "web"), Others = Having("app", "db") }));
        Assert.Equal("0/4 hosts fit: 4 would break the rule `near-db`", _model.Decide(Machine("web", labels: Web)).Message);
        var before = _model.Openings;
        _model.Put(Machine("db", "h3", labels: Db));
        Assert.True(_model.Openings > before);
        Assert.Equal("h3", _model.Place(Machine("web", labels: Web)));
    }

    [Fact]
    public void A_group_goes_to_a_group_of_hosts_or_keeps_away_from_it()
    {
        _model.Put(Rule("gpu", new() { Type = "Affinity", Machines = Having("app", "web"), Hosts = Having("gpu", "yes") }));
        _model.Put(Rule("no-gpu", new() { Type = "Separation", Machines = Having("app", "db"), Hosts = Having("gpu", "yes") }));
        Assert.Equal("h4", _model.Place(Machine("web", labels: Web)));
        Assert.Equal(3, PlacementSearch.Explain(_model.Snapshot(Now), Facts(Machine("db", labels: Db))).Decision.Fitting);
    }

    [Fact]
    public void A_wish_is_weighed_against_room()
    {
        _model.Put(Machine("web0", "h1", labels: Web));
        _model.Put(Rule("near", new() { Type = "Affinity", Enforcement = "Preferred", Weight = 100, Machines = Having("app", "web") }));
        Assert.Equal("h1", _model.Decide(Machine("web1", template: "other", labels: Web)).NodeName);
        _model.Put(Rule("near", new() { Type = "Separation", Enforcement = "Preferred", Weight = 1, Machines = Having("app", "web") }));
        Assert.NotEqual("h1", _model.Decide(Machine("web1", labels: Web)).NodeName);
        _model.RemoveRule("p", "near");
        Assert.DoesNotContain(PlacementSearch.Explain(_model.Snapshot(Now), Facts(Machine("web1", labels: Web))).Hosts, host => host.Scores.Any(score => score.Name.StartsWith("Rule", StringComparison.Ordinal)));
    }

    [Fact]
    public void Rules_of_one_project_are_nothing_to_another()
    {
        _model.Put(Rule("apart", new() { Type = "Separation", Machines = new() }, "q"));
        for (var i = 0; i < 4; i++) _model.Put(Machine($"m{i}", $"h{i + 1}"));
        Assert.NotNull(_model.Place(Machine("m4")));
        Assert.NotNull(_model.Place(Machine("m0", ns: "q")));
    }

    [Theory]
    [InlineData("In", "web,db", true)]
    [InlineData("In", "db", false)]
    [InlineData("NotIn", "db", true)]
    [InlineData("NotIn", "web", false)]
    [InlineData("Exists", "", true)]
    [InlineData("DoesNotExist", "", false)]
    [InlineData("Like", "web", false)]
    public void Selectors_are_Kubernetes(string @operator, string values, bool selects)
    {
        var term = new Api.Meta.LabelSelectorRequirement { Key = "app", Operator = @operator, Values = values.Split(',', StringSplitOptions.RemoveEmptyEntries) };
        _model.Put(Rule("gpu", new() { Type = "Affinity", Machines = new() { MatchExpressions = [term] }, Hosts = Having("gpu", "yes") }));
        Assert.Equal(selects ? 1 : 4, PlacementSearch.Explain(_model.Snapshot(Now), Facts(Machine("web", labels: Web))).Decision.Fitting);
    }

    [Fact]
    public void A_host_that_moves_to_another_zone_takes_its_machines_along()
    {
        _model.Put(Rule("apart", new() { Type = "Separation", Machines = new(), TopologyKey = Zone }));
        _model.Put(Machine("m0", "h1"));
        Assert.Equal("b", ZoneOf(_model.Decide(Machine("m1")).NodeName));
        _model.Put(Host("h1", "64Gi", "16", (Zone, "b")));
        Assert.Equal("h2", _model.Decide(Machine("m1")).NodeName);
    }

    private static string? ZoneOf(string? host) => host switch { "h1" or "h2" => "a", "h3" or "h4" => "b", _ => null };
}
