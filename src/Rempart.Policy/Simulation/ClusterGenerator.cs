using System.Globalization;
using Rempart.Api.Compute;
using Rempart.Api.Core;
using Rempart.Api.Meta;

namespace Rempart.Policy.Simulation;

/// <summary>Makes clusters up. The same settings give the same cluster and the same events.</summary>
public static class ClusterGenerator
{
    private const string Zone = "topology.kubernetes.io/zone";
    private const string Rack = "topology.rempart.dev/rack";
    private const string App = "app";

    private static readonly string[] Apps = ["web", "db", "cache", "batch"];

    // Processors, GiB, and how many of a hundred machines have that size.
    private static readonly (int Cpus, int Memory, int Share)[] Sizes = [(1, 1, 30), (2, 4, 35), (2, 8, 15), (4, 8, 12), (4, 16, 6), (8, 32, 2)];

    /// <summary>A cluster.</summary>
    public static SimulatedCluster Generate(SimulationSettings settings)
    {
        ArgumentNullException.ThrowIfNull(settings);
        var projects = Math.Max(1, settings.Machines / Math.Max(1, settings.MachinesOfProject));
        return new SimulatedCluster
        {
            Nodes = [.. Enumerable.Range(0, settings.Hosts).Select(i => Host(i, settings))],
            Rules = [.. Enumerable.Range(0, projects).SelectMany(Rules)],
            Events = Events(settings, projects),
        };
    }

    private static Node Host(int number, SimulationSettings settings)
    {
        var (zone, large) = (number % Math.Max(1, settings.Zones), number % 4 == 0 ? 2 : 1);
        var rack = number / Math.Max(1, settings.Zones) / Math.Max(1, settings.HostsOfRack);
        return new Node
        {
            Metadata = new ObjectMeta
            {
                Name = string.Create(CultureInfo.InvariantCulture, $"host-{number:d5}"),
                Labels = new Dictionary<string, string>(StringComparer.Ordinal)
                {
                    [Zone] = string.Create(CultureInfo.InvariantCulture, $"zone-{zone}"), [Rack] = string.Create(CultureInfo.InvariantCulture, $"rack-{rack}"), ["disk"] = large == 2 ? "large" : "small",
                },
            },
            Status = new()
            {
                Allocatable = new Dictionary<string, Quantity>(StringComparer.Ordinal) { ["cpu"] = Quantity.FromAmount(16 * large), ["memory"] = Quantity.FromBytes((64L * large) << 30) },
                Conditions = [new() { Type = "Ready", Status = "True" }],
            },
        };
    }

    private static IEnumerable<PlacementRule> Rules(int project)
    {
        yield return Rule(project, "db-apart", new() { Type = PlacementRuleSpec.Apart, Machines = Of("db") });
        yield return Rule(project, "web-zones", new() { Type = PlacementRuleSpec.Apart, Enforcement = PlacementRuleSpec.Soft, Weight = 50, Machines = Of("web"), TopologyKey = Zone });
        if (project % 2 == 0) yield return Rule(project, "cache-together", new() { Type = PlacementRuleSpec.Together, Machines = Of("cache"), TopologyKey = Zone });
        if (project % 3 == 0) yield return Rule(project, "batch-small", new() { Type = PlacementRuleSpec.Apart, Machines = Of("batch"), Hosts = new() { MatchLabels = new Dictionary<string, string> { ["disk"] = "large" } } });
    }

    private static PlacementRule Rule(int project, string name, PlacementRuleSpec spec) => new() { Metadata = new ObjectMeta { Namespace = Project(project), Name = name }, Spec = spec };

    private static LabelSelector Of(string app) => new() { MatchLabels = new Dictionary<string, string> { [App] = app } };

    private static string Project(int number) => string.Create(CultureInfo.InvariantCulture, $"project-{number:d4}");

    private static IEnumerable<SimulationEvent> Events(SimulationSettings settings, int projects)
    {
        var random = new Random(settings.Seed);
        var there = new List<(string Namespace, string Name)>();
        var down = new Queue<string>();
        var every = settings.Failures == 0 ? int.MaxValue : Math.Max(1, settings.Machines / (settings.Failures + 1));
        for (var i = 0; i < settings.Machines; i++)
        {
            var machine = Machine(i, random, projects);
            there.Add((machine.Metadata.Namespace!, machine.Metadata.Name!));
            yield return new SimulationEvent.Arrival(machine);
            if (random.Next(100) < settings.Departures)
            {
                var at = random.Next(there.Count);
                yield return new SimulationEvent.Departure(there[at].Namespace, there[at].Name);
                (there[at], there[^1]) = (there[^1], there[at]);
                there.RemoveAt(there.Count - 1);
            }

            if (i == 0 || i % every != 0) continue;
            var host = string.Create(CultureInfo.InvariantCulture, $"host-{random.Next(settings.Hosts):d5}");
            down.Enqueue(host);
            yield return new SimulationEvent.Failure(host);
            if (i / every % 2 == 0) yield return new SimulationEvent.Recovery(down.Dequeue());
        }
    }

    private static VirtualMachine Machine(int number, Random random, int projects)
    {
        var (lot, size) = (random.Next(100), 0);
        for (; lot >= Sizes[size].Share; size++) lot -= Sizes[size].Share;
        var app = Apps[random.Next(Apps.Length)];
        return new VirtualMachine
        {
            Metadata = new ObjectMeta { Namespace = Project(random.Next(projects)), Name = string.Create(CultureInfo.InvariantCulture, $"{app}-{number:d6}"), Labels = new Dictionary<string, string>(1, StringComparer.Ordinal) { [App] = app } },
            Spec = new() { Template = app, Class = "simulated" },
            Status = new() { Resources = new() { Cpus = Sizes[size].Cpus, Memory = Quantity.FromBytes((long)Sizes[size].Memory << 30) } },
        };
    }
}
