using Rempart.Api.Core;
using Rempart.Api.Networking;
using Rempart.Policy.Networking;
using Rempart.Controllers.Networking;
using Rempart.Runtime.Conditions;
using Rempart.Testing.Api;

namespace Rempart.Controllers.Tests.Networking;

/// <summary>Subnets, MAC and IP addresses: claimed once, given to one, given back.</summary>
public sealed class AllocationTests : IAsyncDisposable
{
    private static readonly NetworkFabric Fabric = new() { Uplink = FabricSamples.Fabric.Uplink, Pool = FabricSamples.Fabric.Pool };
    private readonly FabricProgress _progress = new();
    private readonly ControllerWorld _world;

    public AllocationTests() => _world = new ControllerWorld(TestContext.Current.CancellationToken, DefaultNetworkController.Register(),
        NetworkController.Register(Fabric, _progress), InterfaceController.Register(_progress), GroupController.Register(_progress), ClaimController.Register(_progress));

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Each_project_gets_a_default_network_with_a_subnet_of_its_own()
    {
        foreach (var project in new[] { "red", "blue", "kube-system" }) _world.Api.Seed(new Namespace { Metadata = new() { Name = project } });

        await _world.UntilAsync("subnets", () => new[] { "red", "blue" }.All(p => Net(p, "default")?.Status?.Subnet is not null));

        Assert.NotEqual(Net("red", "default")!.Status!.Subnet, Net("blue", "default")!.Status!.Subnet);
        Assert.Equal(2, _world.Api.All<AddressClaim>().Count(c => c.Metadata.Name!.StartsWith("uplink-", StringComparison.Ordinal)));
        Assert.Null(Net("kube-system", "default"));
        Assert.Equal(NetworkRules.NameServer(Ipv4Subnet.Parse(Net("red", "default")!.Status!.Subnet!)).ToString(), Net("red", "default")!.Status!.DnsServer);
    }

    [Fact]
    public async Task Interfaces_get_addresses_that_nobody_else_has()
    {
        SeedNetwork("red", "net", "10.200.0.0/28");
        foreach (var i in Enumerable.Range(0, 12)) SeedInterface($"nic{i}", new() { Network = "net" });

        await _world.UntilAsync("12 addresses", () => Interfaces().Count(n => n.Status?.Conditions.IsTrue("Allocated") == true) == 12);

        Assert.Equal(12, Interfaces().Select(n => n.Status!.Mac).Distinct().Count());
        Assert.Equal(12, Interfaces().Select(n => n.Status!.Addresses![0].Address).Distinct().Count());
        Assert.All(Interfaces(), n => Assert.Equal(n.Metadata.Uid, n.Status!.PortName));
        SeedInterface("one-more", new() { Network = "net" });
        await _world.UntilAsync("a full subnet", () => Message("one-more") == "no free address is left in `10.200.0.0/28` of network `net`");
        Assert.Equal("NoFreeAddress", Interface("one-more").Status!.Conditions.Find("Ready")!.Reason);
    }

    [Theory]
    [InlineData("0a:00:00:00:00:01", null, "MacInUse", "spec.mac: `0a:00:00:00:00:01` is another interface's address; choose another one, or leave it out to be given one")]
    [InlineData(null, "10.200.0.9", "AddressInUse", "spec.address: `10.200.0.9` is another interface's address in network `net`; choose another one, or leave it out to be given one")]
    [InlineData(null, "10.200.0.1", "InvalidAddress", "spec.address: `10.200.0.1` is the gateway of `10.200.0.0/28`")]
    [InlineData(null, "10.200.0.14", "InvalidAddress", "spec.address: `10.200.0.14` is the name server of `10.200.0.0/28`")]
    [InlineData(null, "10.200.0.15", "InvalidAddress", "spec.address: `10.200.0.15` is the first or last of `10.200.0.0/28`, which no interface may have")]
    [InlineData(null, "10.201.0.9", "InvalidAddress", "spec.address: `10.201.0.9` is outside of the network's subnet `10.200.0.0/28`")]
    [InlineData("0e:52:00:00:00:01", null, "Invalid", "spec.mac: `0e:52:00:00:00:01` begins with `0e:52:`, which is kept for routers")]
    public async Task An_address_that_can_not_be_had_is_refused_with_the_field_and_the_rule(string? mac, string? address, string reason, string message)
    {
        SeedNetwork("red", "net", "10.200.0.0/28");
        SeedInterface("first", new() { Network = "net", Mac = "0a:00:00:00:00:01", Address = "10.200.0.9" });
        await _world.UntilAsync("the first", () => Interface("first").Status?.Conditions.IsTrue("Allocated") == true);

        SeedInterface("second", new() { Network = "net", Mac = mac, Address = address });

        await _world.UntilAsync(message, () => Message("second") == message);
        Assert.Null(Interface("second").Status!.Addresses);
        Assert.Equal([reason, reason], new[] { "Allocated", "Ready" }.Select(type => Interface("second").Status!.Conditions.Find(type)!.Reason));
        await _world.UntilAsync("an event", () => _world.Api.All<Event>().Any(e => e.InvolvedObject?.Name == "second" && e.Reason == reason && e.Message == message));
    }

    [Fact]
    public async Task Another_projects_network_is_not_found_and_a_subnet_is_given_once()
    {
        SeedNetwork("blue", "net", "10.200.0.0/24");
        SeedInterface("nic", new() { Network = "net" });
        SeedNetwork("red", "same", "10.200.0.128/25");

        await _world.UntilAsync("no such network", () => Message("nic") == "spec.network: network `net` does not exist in this project");
        await _world.UntilAsync("an overlap", () => Net("red", "same")!.Status?.Conditions.Find("Ready")?.Message == "spec.subnet: `10.200.0.128/25` overlaps `10.200.0.0/24`, which another network has"
            || Net("blue", "net")!.Status?.Conditions.Find("Ready")?.Message == "spec.subnet: `10.200.0.0/24` overlaps `10.200.0.0/24`, which another network has");
    }

    [Fact]
    public async Task A_network_of_public_addresses_comes_to_nothing()
    {
        SeedNetwork("red", "net", "8.8.0.0/16");
        await _world.UntilAsync("a refusal", () => Net("red", "net")!.Status?.Conditions.Find("Ready")?.Message?.StartsWith("spec.subnet: `8.8.0.0/16` must be within `10.0.0.0/8`", StringComparison.Ordinal) == true);
        Assert.Null(Net("red", "net")!.Status!.Subnet);
    }

    [Fact]
    public async Task An_address_is_free_again_only_when_the_network_no_longer_carries_its_interface()
    {
        SeedNetwork("red", "net", "10.200.0.0/28");
        SeedInterface("first", new() { Network = "net", Address = "10.200.0.9" });
        await _world.UntilAsync("the first", () => Interface("first").Status?.Conditions.IsTrue("Allocated") == true);
        _progress.Done(new Dictionary<string, long> { [Interface("first").Metadata.Uid!] = 1 }, new Dictionary<string, PortPlacement>());
        await _world.UntilAsync("the first in the network", () => Interface("first").Status!.Conditions.IsTrue("Ready"));
        using var client = _world.Api.Client();
        await client.DeleteAsync<NetworkInterface>("red", "first", null, Stop);
        SeedInterface("second", new() { Network = "net", Address = "10.200.0.9" });
        await _world.SettleAsync();
        Assert.Contains("another interface's address", Message("second"), StringComparison.Ordinal);

        _progress.Done(new Dictionary<string, long>(), new Dictionary<string, PortPlacement>());

        await _world.UntilAsync("the second has it", () => Interface("second").Status?.Conditions.IsTrue("Allocated") == true);
    }

    [Fact]
    public async Task A_peer_that_does_not_exist_is_said_until_it_is_made_and_when_it_goes()
    {
        _progress.Done(new Dictionary<string, long>(), new Dictionary<string, PortPlacement>());
        SeedGroup("web", new SecurityRule { Peers = [new() { Cidr = "0.0.0.0/0" }, new() { SecurityGroup = "web" }] }, new SecurityRule { Peers = [new() { SecurityGroup = "gone" }] });
        _world.Api.Seed(new SecurityGroup { Metadata = new() { Namespace = "blue", Name = "gone" }, Spec = new() });
        const string Missing = "spec.ingress[1].peers[0].securityGroup: security group `gone` does not exist in this project: as a peer it matches nobody until it is made";
        await _world.UntilAsync("the peer named", () => Group("web").Status?.Conditions.Find("Ready") is { Status: "False", Reason: "PeerNotFound", Message: Missing });
        await _world.UntilAsync("an event", () => _world.Api.All<Event>().Any(e => e.InvolvedObject?.Name == "web" && e.Reason == "PeerNotFound" && e.Message == Missing));

        SeedGroup("gone");
        await _world.UntilAsync("the peer found", () => Group("web").Status!.Conditions.Find("Ready")!.Reason == "Pending");
        _progress.Done(new Dictionary<string, long> { [Group("web").Metadata.Uid!] = 99 }, new Dictionary<string, PortPlacement>());
        await _world.UntilAsync("the group ready", () => Group("web").Status!.Conditions.IsTrue("Ready"));

        using var client = _world.Api.Client();
        await client.DeleteAsync<SecurityGroup>("red", "gone", null, Stop);
        await _world.UntilAsync("the peer missed", () => Group("web").Status!.Conditions.Find("Ready")!.Message == Missing);
    }

    [Fact]
    public async Task A_missing_group_is_said_and_an_unreachable_database_too()
    {
        SeedNetwork("red", "net", "10.200.0.0/28");
        SeedInterface("nic", new() { Network = "net", SecurityGroups = ["shell"] });
        await _world.UntilAsync("no such group", () => Interface("nic").Status?.Conditions.Find("Ready")?.Reason == "SecurityGroupNotFound");

        _progress.Failed("`unix:/nowhere`: connection refused");
        _world.Api.Seed(new SecurityGroup { Metadata = new() { Namespace = "red", Name = "shell" }, Spec = new() });

        await _world.UntilAsync("the reason", () => Interface("nic").Status!.Conditions.Find("Ready") is { Reason: "NorthboundUnavailable", Message: "`unix:/nowhere`: connection refused" });
    }

    public ValueTask DisposeAsync() => _world.DisposeAsync();

    private void SeedNetwork(string project, string name, string subnet) =>
        _world.Api.Seed(new Network { Metadata = new() { Namespace = project, Name = name }, Spec = new() { Type = "Routed", Subnet = subnet } });

    private void SeedInterface(string name, NetworkInterfaceSpec spec) => _world.Api.Seed(new NetworkInterface { Metadata = new() { Namespace = "red", Name = name }, Spec = spec });

    private void SeedGroup(string name, params SecurityRule[] ingress) =>
        _world.Api.Seed(new SecurityGroup { Metadata = new() { Namespace = "red", Name = name }, Spec = new() { Ingress = ingress } });

    private SecurityGroup Group(string name) => _world.Api.Find<SecurityGroup>("red", name)!;

    private Network? Net(string project, string name) => _world.Api.Find<Network>(project, name);

    private NetworkInterface Interface(string name) => _world.Api.Find<NetworkInterface>("red", name)!;

    private IReadOnlyList<NetworkInterface> Interfaces() => _world.Api.All<NetworkInterface>();

    private string? Message(string name) => Interface(name).Status?.Conditions.Find("Allocated")?.Message;
}
