using Rempart.Api.Infra;
using Rempart.Node.Bonds;

namespace Rempart.Node.Tests.Bonds;

/// <summary>
/// Changes that hold and changes that are put back, on the kernel's own devices, addresses and routes in namespaces of the test. A bridge stands for the bond where the kernel has none
/// (this holds the order of steps and the way back; what makes a bond is held by BondPlanTests).
/// </summary>
[Trait("level", "real")]
public sealed class BondKeeperTests : IAsyncLifetime
{
    private const string Profile = "rack-a";
    private static readonly BondType Stand = new("bridge", _ => ["bridge"]);

    private readonly string _host = $"rpb{Guid.NewGuid():N}"[..12];
    private readonly string _folder = Directory.CreateTempSubdirectory("bonds-").FullName;
    private IpTool _ip = null!;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        var here = new IpTool();
        foreach (var name in new[] { _host, _host + "p" }) await here.RunAsync(["netns", "add", name], Stop);
        _ip = new IpTool(_host);
        foreach (var device in new[] { "eth0", "eth1" })
        {
            await _ip.RunAsync(["link", "add", device, "type", "veth", "peer", "name", device, "netns", _host + "p"], Stop);
            await _ip.RunAsync(["link", "set", "dev", device, "up"], Stop);
            await new IpTool(_host + "p").RunAsync(["link", "set", "dev", device, "up"], Stop);
        }

        foreach (var command in new[] { "address add 10.9.0.1/24 broadcast + dev eth0", "address add 10.9.1.1/24 dev eth0", "address add fd00:9::1/64 nodad dev eth0", "route add default via 10.9.0.2 metric 50", "route add 10.77.0.0/16 via 10.9.0.3 table 100", "-6 route add default via fd00:9::2" })
            await _ip.RunAsync(command.Split(' '), Stop);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var name in new[] { _host, _host + "p" }) await new IpTool().RunAsync(["netns", "delete", name], CancellationToken.None);
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task A_bond_gets_what_its_device_had_and_a_second_look_finds_nothing_to_do()
    {
        var keeper = Keeper(_ => Task.FromResult(true));
        Assert.Empty(await keeper.KeepAsync(Told(1), Stop));

        var now = await _ip.ReadAsync(Stop);
        Assert.Equal(("bond0", "bond0", true), (now.Find("eth0")!.Master, now.Find("eth1")!.Master, now.Find("bond0")!.IsUp));
        Assert.Equal(["10.9.0.1/24", "10.9.1.1/24", "fd00:9::1/64"], now.Find("bond0")!.Addresses.Select(address => address.Cidr).Order(StringComparer.Ordinal));
        Assert.DoesNotContain(now.Find("eth0")!.Addresses, address => !address.IsV6);
        Assert.Equal(["-4 route replace 10.77.0.0/16 via 10.9.0.3 table 100 dev bond0", "-4 route replace default via 10.9.0.2 metric 50 dev bond0", "-6 route replace default via fd00:9::2 metric 1024 dev bond0"],
            now.Routes.Select(route => route.Text).Order(StringComparer.Ordinal));
        Assert.False(File.Exists(Journal));
        Assert.Empty(BondPlan.Decide(now, Told(1).Bonds!, Stand).Steps);
        Assert.Empty(await keeper.KeepAsync(Told(1), Stop));
    }

    [Fact]
    public async Task When_the_server_does_not_answer_behind_it_all_is_as_it_was_and_stays_so()
    {
        var before = await TextAsync();
        var (answers, seen) = (true, (NetworkState?)null);
        var keeper = Keeper(async cancel =>
        {
            var now = await _ip.ReadAsync(cancel);
            if (now.Find("bond0") is null) return answers;
            seen = now;
            return false;
        });
        var finding = Assert.Single(await keeper.KeepAsync(Told(1), Stop));
        Assert.Equal("BondsRolledBack", finding.Reason);
        Assert.Contains("the API server did not answer within 0 s behind the change; the network was put back as it was", finding.Message, StringComparison.Ordinal);
        Assert.Equal("bond0", seen!.Find("eth0")!.Master);
        Assert.Equal(before, await TextAsync());

        // Not again, by a later agent neither, before the profile changes.
        seen = null;
        Assert.Equal("BondsRolledBack", Assert.Single(await Keeper(_ => Task.FromResult(true)).KeepAsync(Told(1), Stop)).Reason);
        Assert.Equal(before, await TextAsync());
        Assert.Empty(await Keeper(_ => Task.FromResult(true)).KeepAsync(Told(2), Stop));
        Assert.Equal("bond0", (await _ip.ReadAsync(Stop)).Find("eth0")!.Master);
    }

    [Fact]
    public async Task An_agent_that_died_in_the_middle_is_put_right_by_the_next_one()
    {
        var before = await TextAsync();
        // As far as any number of steps, then nothing more is heard of it.
        var steps = BondPlan.Decide(await _ip.ReadAsync(Stop), Told(1).Bonds!, Stand).Steps;
        for (var done = 0; done <= steps.Count; done++)
        {
            var now = await _ip.ReadAsync(Stop);
            new BondJournal(Journal).Write(new BondNotes(BondStage.Changing, "x", "boot", "") { Before = now, Names = ["eth0", "eth1", "bond0"] });
            foreach (var step in steps.Take(done)) await _ip.RunAsync(step, Stop);

            await Keeper(_ => Task.FromResult(true)).RestoreAsync(Stop);
            Assert.Equal((done, before), (done, await TextAsync()));
            Assert.Equal(BondStage.Failed, new BondJournal(Journal).Read()!.Stage);
        }
    }

    [Fact]
    public async Task A_step_that_fails_puts_back_the_others()
    {
        var before = await TextAsync();
        var broken = new BondType("bridge", _ => ["bridge", "no-such-word", "1"]);
        var first = Assert.Single(await Keeper(_ => Task.FromResult(true), broken).KeepAsync(Told(1), Stop));
        Assert.Equal("BondsRolledBack", first.Reason);
        Assert.Equal(before, await TextAsync());
    }

    [Fact]
    public async Task Nothing_is_changed_while_no_server_answers()
    {
        var before = await TextAsync();
        Assert.Equal("BondsWait", Assert.Single(await Keeper(_ => Task.FromResult(false)).KeepAsync(Told(1), Stop)).Reason);
        Assert.Equal((before, false), (await TextAsync(), File.Exists(Journal)));
    }

    [Fact]
    public async Task A_host_that_was_started_anew_in_the_middle_has_nothing_to_put_back()
    {
        var before = await TextAsync();
        new BondJournal(Journal).Write(new BondNotes(BondStage.Changing, "x", "another boot", "") { Before = new NetworkState([], []), Names = ["eth0"] });
        await Keeper(_ => Task.FromResult(true)).RestoreAsync(Stop);
        Assert.Equal((before, BondStage.Failed), (await TextAsync(), new BondJournal(Journal).Read()!.Stage));
    }

    private string Journal => Path.Combine(_folder, "bonds.json");

    private BondKeeper Keeper(Func<CancellationToken, Task<bool>> reaches, BondType? type = null) =>
        new(_ip, new BondJournal(Journal), "boot", TimeProvider.System) { Reaches = reaches, Type = type ?? Stand, Patience = TimeSpan.Zero };

    private static HostSpec Told(long generation) => new() { Profile = Profile, ProfileGeneration = generation, Bonds = [new() { Name = "bond0", Devices = ["eth0", "eth1"] }] };

    private async Task<string> TextAsync()
    {
        var now = await _ip.ReadAsync(Stop);
        return string.Join('\n', now.Links.Where(link => link.Name != "lo").Select(link => $"{link.Name} {link.Master} {link.IsUp} {string.Join(',', link.Addresses.Select(address => address.Cidr).Order(StringComparer.Ordinal))}").Order(StringComparer.Ordinal)
            .Concat(now.Routes.Select(route => route.Text).Order(StringComparer.Ordinal)));
    }
}
