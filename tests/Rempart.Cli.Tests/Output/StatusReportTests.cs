using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Rempart.Cli.Commands;
using Rempart.Cli.Output;
using Rempart.Cli.Tests.Http;

namespace Rempart.Cli.Tests.Output;

public sealed class StatusReportTests
{
    private static readonly ClusterView Empty = new()
    {
        Version = Json("""{"gitVersion":"v1.32.0+rempart.0.3.0"}"""), Servers = [("https://10.0.0.1:6443", "ready")], Nodes = [], Machines = [], Templates = [],
        Leader = Json("""{"spec":{"holderIdentity":"host1_5b1f","leaseDurationSeconds":15,"renewTime":"2026-01-01T00:00:00.000000Z"}}"""), Now = new DateTimeOffset(2026, 1, 1, 0, 0, 5, TimeSpan.Zero),
    };

    [Fact]
    public void A_cluster_in_which_much_is_wrong_is_told_with_what_to_do()
    {
        var view = Empty with
        {
            Servers = [("https://10.0.0.1:6443", "ready"), ("https://10.0.0.2:6443", "unreachable")],
            Nodes =
            [
                Json("""{"metadata":{"name":"host1"},"spec":{"unschedulable":true},"status":{"allocatable":{"cpu":"8","memory":"15Gi"},"nodeInfo":{"kubeletVersion":"0.3.0"},"conditions":[{"type":"Ready","status":"True"},{"type":"HardwareAcceleration","status":"True"},{"type":"DiskPressure","status":"True","message":"the pool is full"}]}}"""),
                Json("""{"metadata":{"name":"host2"},"status":{"nodeInfo":{"kubeletVersion":"0.1.0"},"conditions":[{"type":"Ready","status":"Unknown","message":"no sign of life"}]}}"""),
            ],
            Hosts =
            [
                Json("""{"metadata":{"name":"host1"},"status":{"planes":[{"name":"management","address":"10.0.0.1","device":"eth0","ready":true},{"name":"migration","address":"10.0.1.1","ready":false}],"tunnels":[{"server":"https://10.0.0.1:6443","connected":true},{"server":"https://10.0.0.2:6443","connected":false}]}}"""),
            ],
            Machines =
            [
                Json("""{"metadata":{"name":"web","namespace":"shop"},"spec":{},"status":{"phase":"Running","nodeName":"host1","resources":{"cpus":2,"memory":"1536Mi"}}}"""),
                Json("""{"metadata":{"name":"db","namespace":"shop"},"spec":{},"status":{"phase":"Pending","conditions":[{"type":"Scheduled","status":"False","message":"0/2 nodes are available"}]}}"""),
            ],
            Templates = [Json("""{"metadata":{"name":"debian"}}""")],
        };
        Assert.Equal(
            """
            server     v1.32.0+rempart.0.3.0, https://10.0.0.1:6443 ready, https://10.0.0.2:6443 unreachable
            leader     host1
            health     8 to look at
            templates  1 (0 approved)

            HOST    STATE                      AGENT   MACHINES   CPUS   MEMORY       PLANES                       ACCELERATION
            host1   Ready,SchedulingDisabled   0.3.0   1          2/8    1.5/15 GiB   management,migration(down)   KVM
            host2   Unknown                    0.1.0   0          0/?    0/? GiB      -                            none (TCG)

            PROJECT   MACHINES   RUNNING   STOPPED   PENDING   FAILED
            shop      2          1         0         1         0

            LOOK AT                  BECAUSE                                                                                                       DO
            https://10.0.0.2:6443    is unreachable                                                                                                start it, or look into its log
            node/host1               the pool is full                                                                                              rempart get vol,img -A
            node/host1               plane `migration` is down: no device has `10.0.1.1`                                                           ip address; ip link   (on `host1`)
            node/host1               its agent has no tunnel to https://10.0.0.2:6443: no consoles or uploads of this host through that server     curl -k https://10.0.0.2:6443/readyz   (on `host1`)
            node/host2               no sign of life                                                                                               look at the agent on `host2`; if the host is gone for good: rempart node remove host2
            node/host2               its agent is 0.1.0 and the server 0.3.0: more than one minor version apart is not supported                   upgrade the older one: docs/operations/upgrade.md
            vm/db -n shop            is Pending, should be Running: 0/2 nodes are available                                                        rempart describe vm db -n shop
            machinetemplate/debian   is not approved                                                                                               rempart approve debian

            """, StatusReport.Text(view), ignoreWhiteSpaceDifferences: true);
        var json = StatusReport.Json(view);
        Assert.Equal(("host1", 8, "management,migration(down)", "rempart approve debian"),
            ((string?)json["leader"], json["attention"]!.AsArray().Count, (string?)json["hosts"]![0]!["planes"], (string?)json["attention"]![7]!["do"]));
    }

    [Fact]
    public void A_host_that_differs_from_its_profile_is_to_be_looked_at()
    {
        var view = Empty with
        {
            Nodes = [Json("""{"metadata":{"name":"host1"},"status":{"nodeInfo":{"kubeletVersion":"0.3.0"},"conditions":[{"type":"Ready","status":"True"}]}}""")],
            Hosts = [Json("""{"metadata":{"name":"host1"},"spec":{"profile":"rack-a"},"status":{"conditions":[{"type":"ProfileApplied","status":"False","reason":"PlaneMissing","message":"plane `migration`: no address"}]}}""")],
        };
        Assert.Equal(["node/host1 | differs from host profile `rack-a`: plane `migration`: no address | rempart describe host host1"], StatusAttention.Of(view).Select(row => $"{row.What} | {row.Why} | {row.Do}"));
    }

    [Fact]
    public void A_cluster_as_it_should_be_says_so()
    {
        var view = Empty with { Machines = [Json("""{"metadata":{"name":"m","namespace":"p"},"spec":{"powerState":"Stopped"},"status":{"phase":"Stopped"}}""")] };
        Assert.Contains("health     all well\n", StatusReport.Text(view), StringComparison.Ordinal);
        Assert.Empty(StatusReport.Json(view)["attention"]!.AsArray());
    }

    [Fact]
    public void Controllers_that_nobody_runs_are_told_when_the_lease_was_given_back_or_has_lapsed_for_long()
    {
        Assert.Equal("host1", Empty.Leading);
        foreach (var view in new[] { Empty with { Leader = null }, Empty with { Leader = Json("""{"spec":{"leaseDurationSeconds":1,"renewTime":"2026-01-01T00:00:00.000000Z"}}""") }, Empty with { Now = Empty.Now.AddMinutes(2) } })
        {
            Assert.Null(view.Leading);
            Assert.Contains(StatusAttention.Of(view), row => row.What.StartsWith("lease/", StringComparison.Ordinal));
        }

        // Who may not read it is told nothing of it.
        var hidden = Empty with { Leader = null, LeaderHidden = true };
        Assert.Empty(StatusAttention.Of(hidden));
        Assert.Contains("leader     not to be seen with your rights\n", StatusReport.Text(hidden), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"metadata":{"name":"host1"},"status":{"conditions":[{"type":"Ready","status":"True"},{"type":"MachinesKept","status":"True","message":"the store is another one"}]}}""", "node/host1", "the store is another one")]
    [InlineData("""{"metadata":{"name":"host1"},"status":{"conditions":[{"type":"Ready","status":"True"},{"type":"MachinesKept","status":"False"}]}}""", null, null)]
    public void A_host_that_keeps_machines_which_the_cluster_does_not_know_is_told(string node, string? what, string? why) =>
        AssertTold(Empty with { Nodes = [Json(node)] }, what, why);

    [Theory]
    [InlineData("host1", "Blocked", "hostmaintenance/host1", "is blocked: there is no room")]
    [InlineData("host1", "Draining", null, null)]
    [InlineData("host9", "Drained", "hostmaintenance/host9", "there is no such host; one that joins under this name is emptied at once")]
    public void A_maintenance_that_does_not_go_on_is_told(string host, string phase, string? what, string? why) => AssertTold(Empty with
    {
        Nodes = [Json("""{"metadata":{"name":"host1"},"status":{"conditions":[{"type":"Ready","status":"True"}]}}""")],
        Maintenances = [Json($$$"""{"metadata":{"name":"{{{host}}}"},"status":{"phase":"{{{phase}}}","message":"there is no room"}}""")],
    }, what, why);

    [Theory]
    [InlineData("Switching", "True", 5, "mm/m-x -n p", "is committed and does not end: node `host1` says `Sent`, node `host2` says `Failed` (no room)")]
    [InlineData("Switching", "True", 1, null, null)]
    [InlineData("Switching", "False", 5, null, null)]
    [InlineData("Completed", "True", 5, null, null)]
    public void A_move_that_hangs_behind_its_commit_is_told(string phase, string committed, int minutes, string? what, string? why) => AssertTold(Empty with
    {
        Moves =
        [
            Json($$$"""{"metadata":{"name":"m-x","namespace":"p"},"status":{"phase":"{{{phase}}}","sourceNode":"host1","targetNode":"host2","source":{"state":"Sent"},"target":{"state":"Failed","message":"no room"},"conditions":[{"type":"Committed","status":"{{{committed}}}","lastTransitionTime":"2026-01-01T00:00:00Z"}]}}"""),
        ],
        Leader = null, LeaderHidden = true, Now = new DateTimeOffset(2026, 1, 1, 0, minutes, 0, TimeSpan.Zero),
    }, what, why);

    [Theory]
    [InlineData(0, "if the host is gone for good: rempart node remove host2")]
    [InlineData(2, "if the host is gone for good: rempart node remove host2 --force, which gives up its 2 machines")]
    public void A_silent_host_with_machines_is_removed_by_force(int machines, string advice)
    {
        var row = Assert.Single(StatusAttention.Of(Empty with
        {
            Nodes = [Json("""{"metadata":{"name":"host2"},"status":{"conditions":[{"type":"Ready","status":"Unknown"}]}}""")],
            Machines = [.. Enumerable.Range(0, machines).Select(i => Json($$$"""{"metadata":{"name":"m{{{i}}}","namespace":"p"},"status":{"phase":"Running","nodeName":"host2"}}"""))],
        }));
        Assert.EndsWith(advice, row.Do, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Of_more_than_a_page_everything_is_looked_at()
    {
        await using var cluster = await FakeCluster.StartAsync("host1");
        cluster.First = async (_, context) =>
        {
            if (context.Request.Path != FakeCluster.Machines) return false;
            var second = context.Request.Query["continue"] == "a b+";
            await context.Response.WriteAsync(second ? """{"items":[{"metadata":{"name":"last","namespace":"p"}}]}""" : """{"metadata":{"continue":"a b+"},"items":[{"metadata":{"name":"first","namespace":"p"}}]}""");
            return true;
        };
        using var scope = new CommandScope(RootProgram.Build().Parse(["status", "--kubeconfig", cluster.Kubeconfig]));
        var view = await ClusterReader.ReadAsync(scope, TestContext.Current.CancellationToken);
        Assert.Equal(["first", "last"], view.Machines.Select(StatusReport.Name));
    }

    private static void AssertTold(ClusterView view, string? what, string? why)
    {
        var rows = StatusAttention.Of(view);
        if (what is null) Assert.Empty(rows);
        else Assert.Equal((what, why), (Assert.Single(rows).What, rows[0].Why));
    }

    [Fact]
    public void Of_an_upgrade_that_is_under_way_is_told_who_runs_what_and_who_is_next()
    {
        static JsonObject Server(string name, string version, string renewed = "2026-01-01T00:00:00.000000Z") => Json($$$"""{"metadata":{"labels":{"rempart.dev/server":"{{{version}}}"}},"spec":{"holderIdentity":"{{{name}}}","leaseDurationSeconds":3600,"renewTime":"{{{renewed}}}"}}""");
        static JsonObject Node(string name, string version) => Json($$$"""{"metadata":{"name":"{{{name}}}"},"status":{"nodeInfo":{"kubeletVersion":"{{{version}}}"},"conditions":[{"type":"Ready","status":"True"}]}}""");
        var view = Empty with { ServerLeases = [Server("host1", "0.2.4"), Server("host2", "0.3.0"), Server("gone", "0.1.0", "2025-12-31T22:00:00.000000Z")], Nodes = [Node("host1", "0.2.4")] };
        Assert.Contains("\nversions   host1 0.2.4, host2 0.3.0\n", StatusReport.Text(view), StringComparison.Ordinal);
        AssertTold(view, "server host1", "is 0.2.4 beside 0.3.0: an upgrade is under way");
        AssertTold(view with { ServerLeases = [Server("host1", "0.3.0"), Server("host2", "0.3.1")] }, "node/host1", "its agent is 0.2.4 and the servers 0.3.0: an upgrade is under way");
        AssertTold(view with { ServerLeases = [Server("host2", "0.3.0")], Nodes = [Node("host1", "0.3.9")] }, null, null);
        AssertTold(view with { ServerLeases = [Server("host1", "0.2.0")], Nodes = [Node("host1", "0.3.0")] }, "node/host1", "its agent is 0.3.0 and the server 0.2.0: an agent is never newer");
        AssertTold(view with { ServerLeases = [], Nodes = [Node("host1", "0.1.0")] }, "node/host1", "its agent is 0.1.0 and the server 0.3.0: more than one minor version apart is not supported");
        AssertTold(view with { ServerLeases = [], Nodes = [Node("host1", "dev")] }, null, null);
    }

    private static JsonObject Json(string text) => (JsonObject)JsonNode.Parse(text)!;
}
