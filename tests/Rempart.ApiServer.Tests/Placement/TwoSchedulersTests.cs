using Rempart.Api.Compute;
using Rempart.Api.Core;
using Rempart.ApiServer.Tests.Http;
using Rempart.ApiServer.Tests.Quotas;
using Rempart.Policy.Placement;
using static Rempart.ApiServer.Tests.Placement.PlacementWorld;

namespace Rempart.ApiServer.Tests.Placement;

/// <summary>Schedulers at several servers over one store, each with a picture of its own that is always a little old.</summary>
public sealed class TwoSchedulersTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task No_host_is_overbooked_and_every_place_is_taken(int servers)
    {
        await using var world = await QuotaWorld.StartAsync(servers);
        foreach (var i in Enumerable.Range(0, 4)) await HostAsync(world.Servers[0], $"h{i}", "1700Mi", zone: i < 2 ? "a" : "b");
        for (var i = 0; i < 24; i++) await MachineAsync(world.Servers[0], $"m{i}");
        // Each tries every machine on every host until both say no.
        await Task.WhenAll(Enumerable.Range(0, 12).Select(scheduler => Task.Run(async () =>
        {
            var (server, random) = (world.Servers[scheduler % servers], new Random(scheduler));
            foreach (var machine in Enumerable.Range(0, 24).OrderBy(_ => random.Next()))
            {
                foreach (var host in Enumerable.Range(0, 4).OrderBy(_ => random.Next()))
                {
                    var (code, body) = await BindAsync(server, $"m{machine}", $"h{host}");
                    Assert.True(code is 201 or 409, body.ToJsonString());
                    if (code == 201) break;
                }
            }
        })));
        var bound = (await world.Servers[^1].Host.Objects.ListAsync<VirtualMachine>("default", TestContext.Current.CancellationToken)).Where(machine => machine.Status!.NodeName is not null).ToList();
        Assert.Equal(Enumerable.Repeat(4, 4), bound.GroupBy(machine => machine.Status!.NodeName).Select(host => host.Count()));
        Assert.All(bound, machine => Assert.Equal(1, machine.Status!.RunGeneration));
    }

    [Fact]
    public async Task A_zone_never_holds_more_than_its_rule_says_though_each_server_binds_to_another_host_of_it()
    {
        await using var world = await QuotaWorld.StartAsync(2);
        foreach (var i in Enumerable.Range(0, 8)) await HostAsync(world.Servers[0], $"h{i}", "8Gi", zone: i < 4 ? "a" : "b");
        Assert.Equal(201, (await RuleAsync(world.Servers[0], "few", """{"type":"Separation","machines":{"matchLabels":{"app":"web"}},"topologyKey":"topology.kubernetes.io/zone","maxPerDomain":3}""")).Code);
        for (var i = 0; i < 16; i++) await MachineAsync(world.Servers[0], $"m{i}");
        await Task.WhenAll(Enumerable.Range(0, 16).Select(machine => Task.Run(async () =>
        {
            for (var host = 0; host < 8; host++)
            {
                if ((await BindAsync(world.Servers[machine % 2], $"m{machine}", $"h{(host + machine) % 8}")).Code == 201) break;
            }
        })));
        var zones = (await world.Servers[0].Host.Objects.ListAsync<VirtualMachine>("default", TestContext.Current.CancellationToken)).Where(machine => machine.Status!.NodeName is not null).GroupBy(machine => machine.Status!.NodeName![1] < '4');
        Assert.Equal([3, 3], zones.Select(zone => zone.Count()));
    }

    [Fact]
    public async Task A_binding_that_was_judged_before_another_one_took_the_place_is_judged_again()
    {
        await using var world = await QuotaWorld.StartAsync(2);
        await HostAsync(world.Servers[0], "h1", "500Mi");
        foreach (var name in (string[])["early", "late"]) await MachineAsync(world.Servers[0], name);
        var (held, go) = (new TaskCompletionSource(), new TaskCompletionSource());
        world.Ways[1].Before = async writes =>
        {
            if (!writes.Any(write => write.Key.EndsWith("virtualmachines/default/late", StringComparison.Ordinal)) || !held.TrySetResult()) return;
            await go.Task;
        };
        var late = BindAsync(world.Servers[1], "late", "h1");
        await held.Task.WaitAsync(Patience);
        Assert.Equal(201, (await BindAsync(world.Servers[0], "early", "h1")).Code);
        go.SetResult();
        var (code, body) = await late.WaitAsync(Patience);
        Assert.Equal(409, code);
        Assert.Contains("node `h1` lacks memory", Message(body), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Who_cordons_a_host_and_then_looks_finds_all_that_is_on_it()
    {
        await using var world = await QuotaWorld.StartAsync(2);
        await HostAsync(world.Servers[0], "h1");
        await MachineAsync(world.Servers[0], "late");
        var (held, go) = (new TaskCompletionSource(), new TaskCompletionSource());
        world.Ways[1].Before = async writes =>
        {
            if (!writes.Any(write => write.Key.EndsWith("virtualmachines/default/late", StringComparison.Ordinal)) || !held.TrySetResult()) return;
            await go.Task;
        };
        var late = BindAsync(world.Servers[1], "late", "h1");
        await held.Task.WaitAsync(Patience);
        Assert.Equal(200, (await world.Servers[0].PatchAsync(Nodes + "/h1", """{"spec":{"unschedulable":true}}""")).Code);
        go.SetResult();
        Assert.Equal(409, (await late.WaitAsync(Patience)).Code);
        Assert.Null((await world.Servers[0].GetAsync(Machines + "/late")).Body["status"]!["nodeName"]);
    }

    [Fact]
    public async Task Two_schedulers_that_choose_by_the_same_rules_place_everything_once()
    {
        await using var world = await QuotaWorld.StartAsync(2);
        var cancellation = TestContext.Current.CancellationToken;
        foreach (var i in Enumerable.Range(0, 6)) await HostAsync(world.Servers[0], $"h{i}", "1700Mi", zone: $"z{i % 3}");
        await world.Servers[0].Host.Writer.CreateAsync(new Api.Storage.Image
        {
            ApiVersion = "storage.rempart.dev/v1", Kind = "Image", Metadata = new() { Name = "i" }, Spec = new() { Type = "Disk", Format = "raw", Digest = "sha256:" + new string('0', 64) },
            Status = new() { Phase = "Ready", Nodes = [.. Enumerable.Range(0, 6).Select(i => $"h{i}")] },
        }, cancellation);
        Assert.Equal(201, (await RuleAsync(world.Servers[0], "apart", """{"type":"Separation","machines":{"matchLabels":{"app":"db"}},"topologyKey":"topology.kubernetes.io/zone"}""")).Code);
        for (var i = 0; i < 18; i++) await MachineAsync(world.Servers[0], $"m{i}", i % 6 == 0 ? "db" : "web");
        await Task.WhenAll(Enumerable.Range(0, 2).Select(number => Task.Run(() => ScheduleAsync(world.Servers[number], (ulong)number))));
        var machines = await world.Servers[0].Host.Objects.ListAsync<VirtualMachine>("default", cancellation);
        Assert.All(machines, machine => Assert.Equal(1, machine.Status!.RunGeneration));
        Assert.All(machines.GroupBy(machine => machine.Status!.NodeName), host => Assert.InRange(host.Count(), 1, 4));
        Assert.Equal(3, machines.Where(machine => machine.Metadata.Labels!["app"] == "db").Select(machine => (machine.Status!.NodeName![1] - '0') % 3).Distinct().Count());

        async Task ScheduleAsync(TestServer server, ulong seed)
        {
            for (var round = 0; round < 100; round++)
            {
                var model = new ClusterModel();
                foreach (var node in await server.Host.Objects.ListAsync<Node>(null, cancellation)) model.Put(node);
                foreach (var image in await server.Host.Objects.ListAsync<Api.Storage.Image>(null, cancellation)) model.Put(image);
                foreach (var rule in await server.Host.Objects.ListAsync<PlacementRule>("default", cancellation)) model.Put(rule);
                var all = await server.Host.Objects.ListAsync<VirtualMachine>("default", cancellation);
                foreach (var machine in all) model.Put(machine);
                var waiting = all.Where(machine => machine.Status!.NodeName is null).ToList();
                if (waiting.Count == 0) return;
                foreach (var machine in waiting)
                {
                    // It does not look again before it has tried them all: its picture gets older with each.
                    var facts = MachineFacts.Of(machine, _ => null);
                    if (PlacementSearch.Decide(model.Snapshot(TimeProvider.System.GetUtcNow()), facts, seed: seed).NodeName is not { } chosen) continue;
                    if ((await BindAsync(server, machine.Metadata.Name!, chosen)).Code == 201) model.Assume(facts, chosen);
                }
            }
        }
    }
}
