using FsCheck;
using FsCheck.Fluent;
using Rempart.Api.Compute;
using Rempart.Api.Core;
using Rempart.Policy.Placement;
using static Rempart.Policy.Tests.Placement.Cluster;

namespace Rempart.Policy.Tests.Placement;

/// <summary>Clusters in which hosts, rules and machines come, change and go at random.</summary>
public sealed class PlacementProperties
{
    private const int Hosts = 70;
    private static readonly string[] Apps = ["web", "db", "cache"];
    private static readonly string[] Keys = [PlacementRuleSpec.HostTopology, Zone, Rack];

    [Fact]
    public void No_host_gets_too_much_and_no_required_rule_is_broken() => ForAll(seed =>
    {
        var world = new RandomCluster(seed);
        for (var step = 0; step < 120; step++)
        {
            world.Step();
            var machine = world.NewMachine();
            if (world.Model.Decide(machine).NodeName is not { } node) continue;
            Assert.Null(world.Broken(machine, node));
            world.Put(machine with { Status = machine.Status! with { NodeName = node } });
        }
    });

    [Fact]
    public void A_machine_that_fits_nowhere_would_break_something_everywhere() => ForAll(seed =>
    {
        var world = new RandomCluster(seed);
        for (var step = 0; step < 60; step++)
        {
            world.Step();
            var machine = world.NewMachine();
            var decision = world.Model.Decide(machine);
            var fitting = world.Nodes.Values.Where(node => world.Broken(machine, node.Metadata.Name!) is null).Select(node => node.Metadata.Name!).ToList();
            Assert.Equal(fitting.Count > 0, decision.NodeName is not null);
            Assert.Equal(fitting.Count, decision.Fitting);
            if (decision.NodeName is { } node) world.Put(machine with { Status = machine.Status! with { NodeName = node } });
        }
    });

    [Fact]
    public void The_explanation_agrees_with_the_decision() => ForAll(seed =>
    {
        var world = new RandomCluster(seed);
        for (var step = 0; step < 80; step++) world.StepAndPlace();
        var (machine, snapshot) = (world.NewMachine(), world.Model.Snapshot(Now));
        var (decision, explained) = (PlacementSearch.Decide(snapshot, Facts(machine), seed: (ulong)seed), PlacementSearch.Explain(snapshot, Facts(machine), seed: (ulong)seed));
        Assert.Equal((decision.NodeName, decision.Fitting, decision.Score), (explained.Decision.NodeName, explained.Decision.Fitting, explained.Decision.Score));
        Assert.Equal(decision.Hosts, explained.Hosts.Count);
        Assert.Equal(decision.Fitting, explained.Hosts.Count(host => host.Filter is null));
        Assert.Equal(decision.Hosts, decision.Fitting + explained.Decision.Refusals.Sum(refusal => refusal.Hosts));
        if (decision.NodeName is null) Assert.Equal(decision.Message, explained.Decision.Message);
        else Assert.Equal((decision.NodeName, decision.Score), (explained.Hosts[0].Node, explained.Hosts[0].Score));
        foreach (var host in explained.Hosts) Assert.Equal(host.Filter is null, PlacementSearch.Obstacle(snapshot, Facts(machine), host.Node, _ => true) is null);
    });

    [Fact]
    public void A_model_that_was_kept_up_to_date_is_one_that_was_built_anew() => ForAll(seed =>
    {
        var world = new RandomCluster(seed);
        var (kept, then) = (world.Model.Snapshot(Now), "");
        for (var step = 0; step < 100; step++)
        {
            world.StepAndPlace();
            if (step == 50) (kept, then) = (world.Model.Snapshot(Now), RandomCluster.Text(world.Model.Snapshot(Now)));
        }

        Assert.Equal(RandomCluster.Text(world.Rebuilt().Snapshot(Now)), RandomCluster.Text(world.Model.Snapshot(Now)));
        // And what was taken on the way is what it was.
        Assert.Equal(then, RandomCluster.Text(kept));
    });

    private static void ForAll(Action<int> holds) => Check.One(Config.QuickThrowOnFailure.WithMaxTest(60), Prop.ForAll(Gen.Choose(0, int.MaxValue - 1).ToArbitrary(), holds));

    /// <summary>A cluster and, beside it, the plain lists that it is made of.</summary>
    private sealed class RandomCluster(int seed)
    {
        private readonly Random _random = new(seed);
        private readonly Dictionary<string, PlacementRule> _rules = [];
        private readonly Dictionary<string, VirtualMachine> _machines = [];
        private int _count;

        public ClusterModel Model { get; } = Imaged(new ClusterModel());

        public Dictionary<string, Node> Nodes { get; } = [];

        public void Step()
        {
            switch (_random.Next(12))
            {
                case < 4:
                    var host = Host($"h{_random.Next(Hosts)}", $"{_random.Next(1, 8)}Gi", $"{_random.Next(1, 3)}", (Zone, $"z{_random.Next(3)}"), (Rack, $"r{_random.Next(4)}"));
                    if (_random.Next(5) == 0) host = host with { Spec = new() { Unschedulable = true } };
                    Nodes[host.Metadata.Name!] = host;
                    Model.Put(host);
                    break;
                case 4 when Nodes.Count > 0:
                    var gone = Nodes.Keys.Order(StringComparer.Ordinal).ElementAt(_random.Next(Nodes.Count));
                    Nodes.Remove(gone);
                    Model.RemoveNode(gone);
                    break;
                case 5 when _machines.Count > 0:
                    var name = _machines.Keys.Order(StringComparer.Ordinal).ElementAt(_random.Next(_machines.Count));
                    _machines.Remove(name);
                    Model.RemoveMachine("p", name);
                    break;
                case 6:
                    var rule = Rule($"r{_random.Next(4)}", NewRule());
                    _rules[rule.Metadata.Name!] = rule;
                    Model.Put(rule);
                    break;
                case 7:
                    var dropped = $"r{_random.Next(4)}";
                    _rules.Remove(dropped);
                    Model.RemoveRule("p", dropped);
                    break;
            }
        }

        public void StepAndPlace()
        {
            Step();
            var machine = NewMachine();
            if (Model.Decide(machine).NodeName is { } node) Put(machine with { Status = machine.Status! with { NodeName = node } });
        }

        public void Put(VirtualMachine machine)
        {
            _machines[machine.Metadata.Name!] = machine;
            Model.Put(machine);
        }

        public VirtualMachine NewMachine() => Machine($"m{_count++}", memory: $"{_random.Next(1, 12) * 128}Mi", cpus: _random.Next(1, 4), template: $"t{_random.Next(2)}", labels: ("app", Apps[_random.Next(Apps.Length)]));

        public ClusterModel Rebuilt()
        {
            var model = Imaged(new ClusterModel());
            foreach (var machine in _machines.Values.Reverse()) model.Put(machine);
            foreach (var rule in _rules.Values) model.Put(rule);
            foreach (var node in Nodes.Values.Reverse()) model.Put(node);
            return model;
        }

        /// <summary>Says plainly, from the lists, what is wrong with a place.</summary>
        public string? Broken(VirtualMachine machine, string node)
        {
            var host = Nodes[node];
            if (host.Spec?.Unschedulable == true) return "cordoned";
            var there = _machines.Values.Where(other => other.Status!.NodeName == node).Append(machine).Select(MachineDemand.Of).ToList();
            if (there.Sum(demand => demand.Memory) > host.Status!.Allocatable!["memory"].Units) return "memory";
            if (there.Sum(demand => demand.Cpu) > host.Status.Allocatable["cpu"].Value * 4000) return "processors";
            return _rules.Values.Where(rule => rule.Spec.Enforcement is null or "Required").FirstOrDefault(rule => !Keeps(rule.Spec, machine, node))?.Metadata.Name;
        }

        /// <summary>What every placement would be, as text.</summary>
        public static string Text(ClusterSnapshot snapshot) => string.Join('\n', Apps.SelectMany(app => new[] { 1, 3 }.Select(cpus =>
        {
            var explained = PlacementSearch.Explain(snapshot, Facts(Machine($"probe-{app}", cpus: cpus, template: "t0", labels: ("app", app))));
            return $"{explained.Decision.Message}\n" + string.Join('\n', explained.Hosts.Select(host => $"{host.Node} {host.Filter} {host.Message} {host.Score} {string.Join(',', host.Scores)}"));
        })));

        private static ClusterModel Imaged(ClusterModel model)
        {
            model.Put(Image([.. Enumerable.Range(0, Hosts).Select(i => $"h{i}")]));
            return model;
        }

        private PlacementRuleSpec NewRule()
        {
            var spec = new PlacementRuleSpec
            {
                Type = _random.Next(3) == 0 ? "Affinity" : "Separation",
                Enforcement = _random.Next(3) == 0 ? "Preferred" : "Required",
                Machines = Having("app", Apps[_random.Next(Apps.Length)]),
                TopologyKey = Keys[_random.Next(Keys.Length)],
            };
            return _random.Next(4) switch
            {
                0 => spec with { Others = Having("app", Apps[_random.Next(Apps.Length)]) },
                1 => spec with { Hosts = Having(Zone, $"z{_random.Next(3)}"), TopologyKey = null },
                2 when spec is { Type: "Separation", Enforcement: "Required" } => spec with { MaxPerDomain = _random.Next(1, 4) },
                _ => spec,
            };
        }

        private bool Keeps(PlacementRuleSpec rule, VirtualMachine machine, string node)
        {
            bool Is(Api.Meta.LabelSelector selector, VirtualMachine one) => selector.MatchLabels!.All(label => one.Metadata.Labels!.GetValueOrDefault(label.Key) == label.Value);
            var (member, other) = (Is(rule.Machines, machine), rule.Others is not null && Is(rule.Others, machine));
            if (rule.Hosts is not null) return !member || rule.Hosts.MatchLabels!.All(label => Nodes[node].Metadata.Labels!.GetValueOrDefault(label.Key) == label.Value) == (rule.Type == "Affinity");
            string? Domain(string name) => rule.TopologyKey == PlacementRuleSpec.HostTopology ? name : Nodes.GetValueOrDefault(name)?.Metadata.Labels!.GetValueOrDefault(rule.TopologyKey!);
            var (here, everywhere) = (Domain(node), _machines.Values.Where(one => Domain(one.Status!.NodeName!) is not null).ToList());
            int Count(Api.Meta.LabelSelector selector, bool all) => everywhere.Count(one => Is(selector, one) && (all || Domain(one.Status!.NodeName!) == here));
            if (rule.Type == "Separation")
                return (!member || Count(rule.Others ?? rule.Machines, false) < (rule.Others is null ? rule.MaxPerDomain ?? 1 : 1)) && (!other || Count(rule.Machines, false) == 0);
            if (!member) return true;
            return Count(rule.Others ?? rule.Machines, true) == 0 ? rule.Others is null || other : Count(rule.Others ?? rule.Machines, false) > 0;
        }
    }
}
