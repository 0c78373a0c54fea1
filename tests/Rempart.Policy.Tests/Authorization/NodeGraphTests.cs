using Rempart.Api.Compute;
using Rempart.Api.Core;
using Rempart.Api.Meta;
using Rempart.Api.Storage;
using Rempart.Policy.Authorization;
using static Rempart.Policy.Tests.Authorization.Rbac;

namespace Rempart.Policy.Tests.Authorization;

/// <summary>Machine <c>a/vm1</c> runs on <c>host1</c> and <c>b/vm2</c> on <c>host2</c>; each has a volume, an interface on network <c>default</c> and an image of its own.</summary>
public sealed class NodeGraphTests
{
    private const string Storage = "storage.rempart.dev";
    private const string Network = "network.rempart.dev";
    private static readonly Caller Host1 = Caller("system:node:host1", "system:nodes");
    private readonly NodeRelations relations = NodeWorld.TwoHosts();

    [Theory]
    [InlineData("get", "", "nodes", null, "host1", null)]
    [InlineData("patch", "", "nodes", null, "host1", "status")]
    [InlineData("create", "", "nodes", null, null, null)]
    [InlineData("update", "coordination.k8s.io", "leases", "kube-node-lease", "host1", null)]
    [InlineData("get", Compute, "virtualmachines", "a", "vm1", null)]
    [InlineData("update", Compute, "virtualmachines", "a", "vm1", "status")]
    [InlineData("get", Storage, "volumes", "a", "vm1-root", null)]
    [InlineData("patch", Storage, "volumes", "a", "vm1-root", "status")]
    [InlineData("get", Network, "networkinterfaces", "a", "vm1-eth0", null)]
    [InlineData("get", Network, "networks", "a", "default", null)]
    [InlineData("get", Storage, "images", null, "image1", null)]
    [InlineData("get", Storage, "images", null, "kernel", null)]
    [InlineData("create", "infra.rempart.dev", "hosts", null, null, null)]
    [InlineData("get", "infra.rempart.dev", "hosts", null, "host1", null)]
    [InlineData("update", "infra.rempart.dev", "hosts", null, "host1", "status")]
    [InlineData("create", "certificates.k8s.io", "certificatesigningrequests", null, null, null)]
    public void A_node_reaches_itself_and_what_is_bound_to_it(string verb, string group, string resource, string? ns, string? name, string? subresource) =>
        Assert.True(Decide(verb, group, resource, ns, name, subresource).Allowed);

    [Theory]
    [InlineData("get", "", "nodes", null, "host2", null)]
    [InlineData("patch", "", "nodes", null, "host1", null)]
    [InlineData("delete", "", "nodes", null, "host1", null)]
    [InlineData("get", "infra.rempart.dev", "hosts", null, "host2", null)]
    [InlineData("list", "infra.rempart.dev", "hosts", null, null, null)]
    [InlineData("update", "infra.rempart.dev", "hosts", null, "host2", "status")]
    [InlineData("update", "infra.rempart.dev", "hosts", null, "host1", null)]
    [InlineData("get", "infra.rempart.dev", "hostprofiles", null, "rack-a", null)]
    [InlineData("list", "infra.rempart.dev", "hostprofiles", null, null, null)]
    [InlineData("delete", "infra.rempart.dev", "hosts", null, "host1", null)]
    [InlineData("get", "coordination.k8s.io", "leases", "kube-node-lease", "host2", null)]
    [InlineData("update", "coordination.k8s.io", "leases", "kube-system", "host1", null)]
    [InlineData("get", Compute, "virtualmachines", "b", "vm2", null)]
    [InlineData("get", Compute, "virtualmachines", "b", "vm1", null)]
    [InlineData("update", Compute, "virtualmachines", "a", "vm1", null)]
    [InlineData("create", Compute, "virtualmachines", "a", "vm1", "binding")]
    [InlineData("delete", Compute, "virtualmachines", "a", "vm1", null)]
    [InlineData("get", Storage, "volumes", "b", "vm2-root", null)]
    [InlineData("get", Network, "networkinterfaces", "b", "vm2-eth0", null)]
    [InlineData("get", Network, "networks", "b", "default", null)]
    [InlineData("update", Network, "networks", "a", "default", "status")]
    [InlineData("get", Storage, "images", null, "image2", null)]
    [InlineData("update", Storage, "images", null, "image1", "status")]
    [InlineData("patch", Storage, "images", null, "image1", "status")]
    [InlineData("get", "", "secrets", "a", "anything", null)]
    [InlineData("list", "", "secrets", "a", null, null)]
    [InlineData("get", "", "configmaps", "a", "anything", null)]
    [InlineData("list", Compute, "virtualmachines", null, null, null)]
    [InlineData("list", Storage, "volumes", "a", null, null)]
    [InlineData("approve", Compute, "machinetemplates", null, "t", null)]
    [InlineData("create", "security.rempart.dev", "approvals", null, null, null)]
    [InlineData("create", "rbac.authorization.k8s.io", "clusterrolebindings", null, null, null)]
    [InlineData("get", "certificates.k8s.io", "certificatesigningrequests", null, "x", null)]
    public void Everything_else_is_refused(string verb, string group, string resource, string? ns, string? name, string? subresource)
    {
        var decision = Decide(verb, group, resource, ns, name, subresource);

        Assert.False(decision.Allowed);
        Assert.Contains("`host1`", decision.Reason, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("list", Compute, "virtualmachines", null, "status.nodeName=host1", true)]
    [InlineData("watch", Compute, "virtualmachines", null, "status.phase!=Failed,status.nodeName=host1", true)]
    [InlineData("watch", Compute, "virtualmachines", "a", "status.nodeName==host1", true)]
    [InlineData("list", Compute, "virtualmachines", null, "status.nodeName=host2", false)]
    [InlineData("list", Compute, "virtualmachines", null, "status.nodeName!=host1", false)]
    [InlineData("list", Compute, "virtualmachines", null, "status.nodeName=host2\\,status.nodeName=host1", false)]
    [InlineData("list", Compute, "virtualmachines", null, "status.nodeName=", false)]
    [InlineData("deletecollection", Compute, "virtualmachines", "a", "status.nodeName=host1", false)]
    [InlineData("watch", Storage, "volumes", "a", "metadata.name=vm1-root", true)]
    [InlineData("watch", Storage, "volumes", "b", "metadata.name=vm2-root", false)]
    [InlineData("list", Storage, "volumes", null, "status.nodeName=host1", true)]
    [InlineData("watch", Storage, "images", null, "metadata.name=image1", true)]
    [InlineData("watch", Storage, "images", null, "metadata.name=image2", false)]
    [InlineData("watch", "", "nodes", null, "metadata.name=host1", true)]
    [InlineData("watch", "", "nodes", null, "metadata.name!=host1", false)]
    public void A_collection_must_be_narrowed_to_what_the_node_may_see(string verb, string group, string resource, string? ns, string fields, bool allowed) =>
        Assert.Equal(allowed, NodeGraph.Decide(Request(Host1, verb, group, resource, ns, fields: fields), relations).Allowed);

    [Theory]
    [InlineData("", "nodes", null, "host2", "metadata.name=host1")]
    [InlineData("coordination.k8s.io", "leases", "kube-node-lease", "host2", "metadata.name=host1")]
    [InlineData(Compute, "virtualmachines", "a", "other", "metadata.name=vm1")]
    [InlineData(Compute, "virtualmachines", "a", "other", "status.nodeName=host1")]
    public void A_selector_does_not_stand_for_the_name_in_the_path(string group, string resource, string? ns, string name, string fields) =>
        Assert.False(NodeGraph.Decide(Request(Host1, "watch", group, resource, ns, name, fields: fields), relations).Allowed);

    [Fact]
    public void A_machine_that_moves_takes_its_objects_with_it()
    {
        relations.Put(NodeWorld.Machine("a", "vm1", "host2", "image1"));

        Assert.False(Decide("get", Compute, "virtualmachines", "a", "vm1", null).Allowed);
        Assert.False(Decide("get", Storage, "volumes", "a", "vm1-root", null).Allowed);
        Assert.False(Decide("get", Network, "networks", "a", "default", null).Allowed);
        Assert.True(NodeGraph.Decide(Request(Caller("system:node:host2", "system:nodes"), "get", Storage, "volumes", "a", "vm1-root"), relations).Allowed);
    }

    [Fact]
    public void Data_that_a_node_holds_stays_in_its_sight_until_the_volume_is_gone()
    {
        relations.Put(NodeWorld.Volume("a", "vm1-root", "host1"));
        relations.Remove("virtualmachines", "a", "vm1");
        Assert.True(Decide("patch", Storage, "volumes", "a", "vm1-root", "status").Allowed);

        relations.Remove("volumes", "a", "vm1-root");
        Assert.False(Decide("get", Storage, "volumes", "a", "vm1-root", null).Allowed);
    }

    [Fact]
    public void Who_is_in_the_group_of_nodes_without_the_name_of_one_is_refused()
    {
        Assert.False(NodeGraph.Decide(Request(Caller("alice", "system:nodes"), "get", "", "nodes", null, "host1"), relations).Allowed);
        Assert.False(NodeGraph.Decide(Request(Caller("system:node:", "system:nodes"), "get", "", "nodes", null, ""), relations).Allowed);
        Assert.False(NodeGraph.Decide(Request(Caller("system:node:host1"), "get", "", "nodes", null, "host1"), relations).Allowed);
    }

    [Fact]
    public void A_node_writes_its_own_names_only()
    {
        Assert.Null(NodeAdmission.Refusal("host1", null, new Node { Metadata = new ObjectMeta { Name = "host1" } }, relations));
        Assert.NotNull(NodeAdmission.Refusal("host1", null, new Node { Metadata = new ObjectMeta { Name = "host2" } }, relations));
    }

    [Theory]
    [InlineData("kubernetes.io/hostname", "host1", null)]
    [InlineData("kubernetes.io/os", "linux", null)]
    [InlineData("kubernetes.io/arch", "amd64", null)]
    [InlineData("kubernetes.io/hostname", "host2", "must be its name")]
    [InlineData("gpu", "yes", "may not set the labels `gpu`")]
    [InlineData("node-role.kubernetes.io/trusted", "", "may not set the labels `node-role.kubernetes.io/trusted`")]
    public void A_node_draws_no_machines_by_labels_of_its_own(string label, string value, string? refusal)
    {
        Node Labeled(params (string Key, string Value)[] labels) => new() { Metadata = new ObjectMeta { Name = "host1", Labels = labels.ToDictionary(l => l.Key, l => l.Value) } };
        foreach (var before in new[] { null, Labeled(), Labeled(("zone", "a")) })
        {
            var after = before is { Metadata.Labels.Count: 1 } ? Labeled(("zone", "a"), (label, value)) : Labeled((label, value));
            var said = NodeAdmission.Refusal("host1", before, after, relations);
            if (refusal is null) Assert.Null(said);
            else Assert.Contains(refusal, said, StringComparison.Ordinal);
        }
        Assert.Null(NodeAdmission.Refusal("host1", Labeled(("zone", "a")), Labeled(("zone", "a")), relations));
        Assert.NotNull(NodeAdmission.Refusal("host1", Labeled(("zone", "a")), Labeled(), relations));
    }

    [Theory]
    [InlineData("Node", "default", null, "host1", true)]
    [InlineData("Node", "default", null, "host2", false)]
    [InlineData("VirtualMachine", "a", "a", "vm1", true)]
    [InlineData("VirtualMachine", "b", "b", "vm2", false)]
    [InlineData("VirtualMachine", "b", "a", "vm1", false)]
    [InlineData("Secret", "a", "a", "x", false)]
    public void A_node_tells_events_of_its_own_only(string kind, string ns, string? aboutNamespace, string name, bool allowed)
    {
        var happened = new Event
        {
            Metadata = new ObjectMeta { Name = "e", Namespace = ns },
            Source = new EventSource { Component = "rempart-node", Host = "host1" },
            InvolvedObject = new ObjectReference { Kind = kind, Namespace = aboutNamespace, Name = name },
        };

        Assert.Equal(allowed, NodeAdmission.Refusal("host1", null, happened, relations) is null);
        Assert.NotNull(NodeAdmission.Refusal("host2", null, happened, relations));
    }

    [Fact]
    public void A_node_can_not_claim_by_a_machines_status_what_the_machine_does_not_have()
    {
        var before = NodeWorld.Machine("a", "vm1", "host1", "image1");
        var running = before with { Status = before.Status! with { Phase = MachinePhase.Running, Conditions = [new Condition { Type = "Running", Status = "True" }] } };
        Assert.Null(NodeAdmission.Refusal("host1", before, running, relations));

        var stolen = before with { Status = before.Status! with { Volumes = [new MachineAttachment { Name = "loot", ObjectName = "other" }] } };
        Assert.Contains("`status.volumes`", NodeAdmission.Refusal("host1", before, stolen, relations), StringComparison.Ordinal);
        var moved = before with { Status = before.Status! with { NodeName = "host3", RunGeneration = 9 } };
        Assert.Contains("`status.nodeName`", NodeAdmission.Refusal("host1", before, moved, relations), StringComparison.Ordinal);
        var placed = before with { Status = before.Status! with { Conditions = [new Condition { Type = "Scheduled", Status = "True" }] } };
        Assert.Contains("`Scheduled`", NodeAdmission.Refusal("host1", before, placed, relations), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null, "host1", true)]
    [InlineData("host1", "host1", true)]
    [InlineData("host2", "host1", false)]
    [InlineData("host2", "host2", false)]
    [InlineData("host1", null, false)]
    [InlineData(null, "host2", false)]
    public void A_node_reports_the_pools_that_no_other_node_reports(string? before, string? after, bool allowed)
    {
        var refusal = NodeAdmission.Refusal("host1", Pool(before), Pool(after), relations);
        Assert.Equal(allowed, refusal is null);

        static StoragePool Pool(string? node) => new() { Metadata = new ObjectMeta { Name = "local" }, Spec = new StoragePoolSpec { Type = "Directory" }, Status = new StoragePoolStatus { NodeName = node } };
    }

    [Theory]
    [InlineData(null, null, "host1", "local", true)]
    [InlineData("host1", null, "host1", "local", true)]
    [InlineData("host1", "local", "host1", "fast", false)]
    [InlineData("host1", "local", "host1", null, false)]
    [InlineData("host1", "local", null, null, true)]
    public void A_node_says_once_which_pool_a_volume_is_in(string? node, string? pool, string? nodeAfter, string? poolAfter, bool allowed)
    {
        var volume = NodeWorld.Volume("a", "vm1-root", "host1");
        Assert.Equal(allowed, NodeAdmission.Refusal("host1", volume with { Status = new() { NodeName = node, Pool = pool } }, volume with { Status = new() { NodeName = nodeAfter, Pool = poolAfter } }, relations) is null);
    }

    private AccessDecision Decide(string verb, string group, string resource, string? ns, string? name, string? subresource) =>
        NodeGraph.Decide(Request(Host1, verb, group, resource, ns, name, subresource), relations);
}
