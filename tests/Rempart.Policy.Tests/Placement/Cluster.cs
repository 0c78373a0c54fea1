using Rempart.Api.Compute;
using Rempart.Api.Core;
using Rempart.Api.Meta;
using Rempart.Api.Storage;
using Rempart.Policy.Placement;

namespace Rempart.Policy.Tests.Placement;

/// <summary>Objects that stories about placements begin with.</summary>
internal static class Cluster
{
    public const string Zone = "topology.kubernetes.io/zone";
    public const string Rack = "topology.rempart.dev/rack";

    public static DateTimeOffset Now { get; } = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public static Node Host(string name, string memory = "4Gi", string cpu = "2", params (string Key, string Value)[] labels) => new()
    {
        Metadata = new ObjectMeta { Name = name, CreationTimestamp = Now, Labels = labels.ToDictionary(label => label.Key, label => label.Value) },
        Status = new()
        {
            Allocatable = new Dictionary<string, Quantity> { ["cpu"] = Quantity.Parse(cpu), ["memory"] = Quantity.Parse(memory) },
            Conditions = [new() { Type = "Ready", Status = "True" }],
        },
    };

    /// <summary>A machine as the server stores it. With the overhead of its jail it takes 672Mi when it is not told otherwise.</summary>
    public static VirtualMachine Machine(string name, string? node = null, string memory = "512Mi", int cpus = 1, string ns = "p", string template = "debian", params (string Key, string Value)[] labels) => new()
    {
        Metadata = new ObjectMeta { Namespace = ns, Name = name, Uid = $"uid-{ns}-{name}", Labels = labels.ToDictionary(label => label.Key, label => label.Value) },
        Spec = new() { Template = template, Class = "small" },
        Status = new()
        {
            NodeName = node,
            Template = new()
            {
                Os = new() { Family = "Linux", Name = "debian", Version = "12" },
                RootDisk = new() { Image = "debian-12", Digest = "sha256:1" },
                Boot = new() { Firmware = "Uefi" },
                Classes = ["small"],
            },
            Resources = new() { Cpus = cpus, Memory = Quantity.Parse(memory) },
        },
    };

    public static Image Image(params string[] nodes) => new()
    {
        Metadata = new ObjectMeta { Name = "debian-12" },
        Spec = new() { Type = "Disk", Format = "qcow2", Digest = "sha256:1" },
        Status = new() { Phase = "Ready", Nodes = nodes },
    };

    public static PlacementRule Rule(string name, PlacementRuleSpec spec, string ns = "p") => new() { Metadata = new ObjectMeta { Namespace = ns, Name = name }, Spec = spec };

    public static LabelSelector Having(string key, string value) => new() { MatchLabels = new Dictionary<string, string> { [key] = value } };

    /// <summary>A model of these hosts, each with the image.</summary>
    public static ClusterModel Of(params Node[] hosts)
    {
        var model = new ClusterModel();
        foreach (var host in hosts) model.Put(host);
        model.Put(Image([.. hosts.Select(host => host.Metadata.Name!)]));
        return model;
    }

    public static MachineFacts Facts(VirtualMachine machine, params (string Volume, string Node)[] volumes) => MachineFacts.Of(machine, _ => null) with { Volumes = volumes };

    public static PlacementDecision Decide(this ClusterModel model, VirtualMachine machine) => PlacementSearch.Decide(model.Snapshot(Now), Facts(machine));

    /// <summary>Decides and puts the machine there.</summary>
    public static string? Place(this ClusterModel model, VirtualMachine machine)
    {
        var decision = model.Decide(machine);
        if (decision.NodeName is { } node) model.Put(machine with { Status = machine.Status! with { NodeName = node } });
        return decision.NodeName;
    }
}
