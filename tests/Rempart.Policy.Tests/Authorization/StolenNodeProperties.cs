using FsCheck;
using FsCheck.Fluent;
using Rempart.Policy.Authorization;
using static Rempart.Policy.Tests.Authorization.Rbac;

namespace Rempart.Policy.Tests.Authorization;

/// <summary>Whoever holds host1's certificate asks for everything, while machines come, move and go.</summary>
public sealed class StolenNodeProperties
{
    private static readonly string[] Hosts = ["host1", "host2", "host3"];
    private static readonly string[] Verbs = ["get", "list", "watch", "create", "update", "patch", "delete", "deletecollection", "approve", "*"];
    private static readonly string?[] Subresources = [null, null, "status", "binding", "console", "tunnel", "approval"];

    [Fact]
    public void A_stolen_node_never_reaches_what_is_not_bound_to_it() =>
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(400), Prop.ForAll(Gen.Choose(0, int.MaxValue - 1).ToArbitrary(), Holds));

    private static bool Holds(int seed)
    {
        var random = new Random(seed);
        var relations = new NodeRelations(TimeProvider.System);
        var machines = new Dictionary<int, string?>();
        for (var step = 0; step < 40; step++)
        {
            var machine = random.Next(8);
            if (random.Next(5) == 0 && machines.Remove(machine))
            {
                relations.Remove("virtualmachines", Project(machine), Name(machine));
                relations.Remove("volumes", Project(machine), $"{Name(machine)}-root");
                relations.Remove("networkinterfaces", Project(machine), $"{Name(machine)}-eth0");
                continue;
            }

            var host = random.Next(4) is var pick && pick < 3 ? Hosts[pick] : null;
            machines[machine] = host;
            NodeWorld.Add(relations, Project(machine), Name(machine), host, $"image{machine}");
        }

        return Enumerable.Range(0, 300).All(_ => Harmless(random, relations, machines));
    }

    /// <summary>A request on an object of one machine: allowed only if that machine is on host1.</summary>
    private static bool Harmless(Random random, NodeRelations relations, Dictionary<int, string?> machines)
    {
        var machine = random.Next(8);
        var (group, resource, ns, name) = random.Next(6) switch
        {
            0 => (Compute, "virtualmachines", Project(machine), Name(machine)),
            1 => ("storage.rempart.dev", "volumes", Project(machine), $"{Name(machine)}-root"),
            2 => ("network.rempart.dev", "networkinterfaces", Project(machine), $"{Name(machine)}-eth0"),
            3 => ("network.rempart.dev", "networks", Project(machine), "default"),
            4 => ("storage.rempart.dev", "images", (string?)null, $"image{machine}"),
            _ => ("", "secrets", Project(machine), Name(machine)),
        };
        var verb = Verbs[random.Next(Verbs.Length)];
        var byField = verb is "list" or "watch" && random.Next(2) == 0;
        var request = Request(Caller("system:node:host1", "system:nodes"), verb, group, resource, ns, byField ? null : name, Subresources[random.Next(Subresources.Length)], byField ? $"metadata.name={name}" : null);
        return !NodeGraph.Decide(request, relations).Allowed || (resource != "secrets" && machines.GetValueOrDefault(machine) == "host1");
    }

    private static string Project(int machine) => $"project{machine}";

    private static string Name(int machine) => $"vm{machine}";
}
