using Rempart.Api.Compute;
using Rempart.Api.Core;
using Rempart.Api.Meta;
using Rempart.Policy.Authorization;
using Rempart.Testing.Time;
using static Rempart.Policy.Tests.Authorization.Rbac;

namespace Rempart.Policy.Tests.Authorization;

/// <summary>Machine <c>a/vm1</c> moves from <c>host1</c> to <c>host2</c>; <c>host3</c> has nothing to do with it.</summary>
public sealed class MovingMachineTests
{
    private readonly NodeRelations relations = NodeWorld.TwoHosts();

    [Theory]
    [InlineData("get", Compute, "virtualmachines", "a", "vm1", null, true)]
    [InlineData("watch", Compute, "virtualmachines", "a", "vm1", null, true)]
    [InlineData("create", Compute, "virtualmachines", "a", "vm1", "binding", true)]
    [InlineData("get", "storage.rempart.dev", "volumes", "a", "vm1-root", null, true)]
    [InlineData("get", "network.rempart.dev", "networkinterfaces", "a", "vm1-eth0", null, true)]
    [InlineData("get", "network.rempart.dev", "networks", "a", "default", null, true)]
    [InlineData("get", "storage.rempart.dev", "images", null, "image1", null, true)]
    [InlineData("get", Compute, "machinemigrations", "a", "move", null, true)]
    [InlineData("patch", Compute, "machinemigrations", "a", "move", "status", true)]
    [InlineData("patch", Compute, "virtualmachines", "a", "vm1", "status", false)]
    [InlineData("patch", "storage.rempart.dev", "volumes", "a", "vm1-root", "status", false)]
    [InlineData("patch", "network.rempart.dev", "networkinterfaces", "a", "vm1-eth0", "status", false)]
    [InlineData("patch", Compute, "machinemigrations", "a", "move", null, false)]
    [InlineData("delete", Compute, "machinemigrations", "a", "move", null, false)]
    [InlineData("create", Compute, "machinemigrations", "a", null, null, false)]
    [InlineData("create", Compute, "virtualmachines", "a", "vm1", "stop", false)]
    [InlineData("list", Compute, "machinemigrations", "a", null, null, false)]
    public void The_target_reads_what_it_needs_while_the_move_is_active(string verb, string group, string resource, string? ns, string? name, string? subresource, bool allowed)
    {
        relations.Put(Move(MigrationPhase.Preparing));
        Assert.Equal(allowed, Decide("host2", verb, group, resource, ns, name, subresource));
        Assert.False(Decide("host3", verb, group, resource, ns, name, subresource));

        relations.Put(Move(MigrationPhase.Failed));
        // It says that it has tidied up, and that is all.
        Assert.Equal(allowed && resource == "machinemigrations", Decide("host2", verb, group, resource, ns, name, subresource));

        relations.Put(Move(MigrationPhase.Preparing));
        relations.Remove("machinemigrations", "a", "move");
        Assert.False(Decide("host2", verb, group, resource, ns, name, subresource));
    }

    [Fact]
    public void Behind_the_commit_the_source_sees_where_its_machine_is()
    {
        relations.Put(Move(MigrationPhase.Switching));
        relations.Put(NodeWorld.Machine("a", "vm1", "host2", "image1"));
        Assert.True(Decide("host1", "get", Compute, "virtualmachines", "a", "vm1", null));
        Assert.False(Decide("host1", "patch", Compute, "virtualmachines", "a", "vm1", "status"));
        Assert.False(Decide("host1", "create", Compute, "virtualmachines", "a", "vm1", "binding"));
        relations.Put(Move(MigrationPhase.Completed));
        Assert.False(Decide("host1", "get", Compute, "virtualmachines", "a", "vm1", null));
        Assert.True(Decide("host1", "patch", Compute, "machinemigrations", "a", "move", "status"));
    }

    [Fact]
    public void A_source_that_does_not_end_its_part_reads_the_machine_for_ten_minutes_behind_the_commit()
    {
        var time = new ManualTime();
        var timed = new NodeRelations(time);
        NodeWorld.Add(timed, "a", "vm1", "host2", "image1");
        var move = Move(MigrationPhase.Switching);
        timed.Put(move with { Status = move.Status! with { Conditions = [new() { Type = MigrationMarks.Committed, Status = "True", LastTransitionTime = time.GetUtcNow() }] } });
        bool Reads(string node) => NodeGraph.Decide(Request(Caller($"system:node:{node}", "system:nodes"), "get", Compute, "virtualmachines", "a", "vm1"), timed).Allowed;
        time.Advance(TimeSpan.FromMinutes(9));
        Assert.True(Reads("host1"));
        time.Advance(TimeSpan.FromMinutes(1));
        Assert.False(Reads("host1"));
        Assert.True(Reads("host2"));
    }

    [Fact]
    public void A_commit_at_the_end_of_time_stops_nobody_who_follows_moves()
    {
        var timed = new NodeRelations(new ManualTime());
        NodeWorld.Add(timed, "a", "vm1", "host2", "image1");
        var move = Move(MigrationPhase.Switching);
        timed.Put(move with { Status = move.Status! with { Conditions = [new() { Type = MigrationMarks.Committed, Status = "True", LastTransitionTime = DateTimeOffset.MaxValue }] } });
        Assert.True(NodeGraph.Decide(Request(Caller("system:node:host2", "system:nodes"), "get", Compute, "virtualmachines", "a", "vm1"), timed).Allowed);
    }

    [Theory]
    [InlineData("host1", "status.sourceNode=host1", true)]
    [InlineData("host2", "status.targetNode=host2", true)]
    [InlineData("host3", "status.targetNode=host2", false)]
    [InlineData("host1", "status.phase=Preparing", false)]
    public void A_node_lists_the_moves_from_or_to_it(string node, string fields, bool allowed) =>
        Assert.Equal(allowed, NodeGraph.Decide(Request(Caller($"system:node:{node}", "system:nodes"), "watch", Compute, "machinemigrations", null, fields: fields), relations).Allowed);

    [Fact]
    public void Events_about_a_move_come_from_its_hosts()
    {
        relations.Put(Move(MigrationPhase.Preparing));
        Assert.Null(NodeAdmission.Refusal("host2", null, About("host2"), relations));
        Assert.NotNull(NodeAdmission.Refusal("host3", null, About("host3"), relations));
    }

    private bool Decide(string node, string verb, string group, string resource, string? ns, string? name, string? subresource) =>
        NodeGraph.Decide(Request(Caller($"system:node:{node}", "system:nodes"), verb, group, resource, ns, name, subresource), relations).Allowed;

    private static MachineMigration Move(string phase) => new()
    {
        Metadata = new ObjectMeta { Namespace = "a", Name = "move", Uid = "u" },
        Spec = new MachineMigrationSpec { Machine = "vm1" },
        Status = new MachineMigrationStatus { Phase = phase, SourceNode = "host1", TargetNode = "host2" },
    };

    private static Event About(string node) => new()
    {
        Metadata = new ObjectMeta { Namespace = "a", Name = "e" },
        InvolvedObject = new ObjectReference { Kind = "MachineMigration", Namespace = "a", Name = "move" },
        Source = new EventSource { Host = node },
    };
}
