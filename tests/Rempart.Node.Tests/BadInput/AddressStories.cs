using Rempart.Api.Client;
using Rempart.Api.Core;
using Rempart.Api.Meta;
using Rempart.Api.Networking;
using Rempart.Node.Tests.Agent;
using Rempart.Runtime.Conditions;

namespace Rempart.Node.Tests.BadInput;

/// <summary>Interfaces, through the real server and its network controllers, that ask for what somebody else has. No northbound database answers: addresses are claimed before any row is written.</summary>
[Trait("level", "real")]
public sealed class AddressStories : IAsyncLifetime
{
    private const string Mac = "0a:00:00:00:00:01";
    private const string Address = "10.200.0.9";

    private readonly string _folder = Directory.CreateTempSubdirectory("addresses-").FullName;
    private ServerProgram _server = null!;
    private ApiClient _admin = null!;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        var network = Path.Combine(_folder, "network.json");
        await File.WriteAllTextAsync(network, $$"""{"northbound":"unix:{{_folder}}/nb.sock","uplink":"100.64.0.0/16","pool":"10.128.0.0/9"}""", Stop);
        _server = new ServerProgram { Network = network };
        await _server.StartAsync(Stop);
        _admin = _server.Client("admin");
        foreach (var project in new[] { "red", "blue" }) await _admin.CreateAsync(new Namespace { Metadata = new() { Name = project } }, Stop);
        await NetworkAsync("red", "net", "10.200.0.0/28");
        await NetworkAsync("blue", "theirs", "10.201.0.0/28");
        await InterfaceAsync("red", "first", new() { Network = "net", Mac = Mac, Address = Address });
        await SeeAsync("red", "first", nic => nic.Status?.Conditions.IsTrue("Allocated") == true);
    }

    [Theory]
    [InlineData("red", "net", Mac, null, "MacInUse", "spec.mac: `0a:00:00:00:00:01` is another interface's address; choose another one, or leave it out to be given one")]
    [InlineData("blue", "theirs", Mac, null, "MacInUse", "spec.mac: `0a:00:00:00:00:01` is another interface's address; choose another one, or leave it out to be given one")]
    [InlineData("red", "net", null, Address, "AddressInUse", "spec.address: `10.200.0.9` is another interface's address in network `net`; choose another one, or leave it out to be given one")]
    [InlineData("red", "net", null, "10.201.0.9", "InvalidAddress", "spec.address: `10.201.0.9` is outside of the network's subnet `10.200.0.0/28`")]
    [InlineData("red", "theirs", null, null, "NetworkNotFound", "spec.network: network `theirs` does not exist in this project")]
    public async Task An_address_in_use_or_another_projects_network(string project, string network, string? mac, string? address, string reason, string message)
    {
        await InterfaceAsync(project, "second", new() { Network = network, Mac = mac, Address = address });

        var refused = await SeeAsync(project, "second", nic => nic.Status?.Conditions.Find("Allocated") is { Status: "False" });

        var condition = refused.Status!.Conditions.Find("Allocated")!;
        Assert.Equal((reason, message), (condition.Reason, condition.Message));
        Assert.Equal(message, refused.Status!.Conditions.Find("Ready")!.Message);
        Assert.Null(refused.Status.Addresses);
        await ToldAsync(project, about => about.InvolvedObject?.Name == "second" && about.Reason == reason && about.Message == message);
        // Who was first keeps it.
        var first = await _admin.GetAsync<NetworkInterface>("red", "first", Stop);
        Assert.Equal((Mac, Address), (first.Status!.Mac, first.Status.Addresses![0].Address));

        await _admin.DeleteAsync<NetworkInterface>(project, "second", null, Stop);
        for (var i = 0; await _admin.FindAsync<NetworkInterface>(project, "second", Stop) is not null && i < 100; i++) await Task.Delay(50, Stop);
        Assert.DoesNotContain((await _admin.ListAllAsync<AddressClaim>(new(), Stop)).Items, claim => claim.Spec.OwnerName == "second" && claim.Spec.Value is Mac or Address);
    }

    [Theory]
    [InlineData("blue/theirs")]
    [InlineData("../blue/theirs")]
    public async Task Another_projects_network_by_a_path(string network)
    {
        var refused = await Assert.ThrowsAsync<ApiException>(() => InterfaceAsync("red", "second", new() { Network = network }));
        Assert.Equal(422, refused.Code);
        Assert.All(refused.Status.Details!.Causes!, cause => Assert.Equal("spec.network", cause.Field));
        Assert.Contains(refused.Status.Details!.Causes!, cause => cause.Message?.EndsWith("must be the name of a network of the same project", StringComparison.Ordinal) == true);
    }

    public async ValueTask DisposeAsync()
    {
        _admin.Dispose();
        await _server.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    private async Task ToldAsync(string project, Predicate<Event> condition)
    {
        IReadOnlyList<Event> told = [];
        for (var i = 0; i < 200; i++)
        {
            told = (await _admin.ListAllAsync<Event>(new() { Namespace = project }, Stop)).Items;
            if (told.Any(about => condition(about))) return;
            await Task.Delay(50, Stop);
        }
        Assert.Contains(told, condition);
    }

    private async Task NetworkAsync(string project, string name, string subnet)
    {
        await _admin.CreateAsync(new Network { Metadata = new() { Namespace = project, Name = name }, Spec = new() { Type = "Routed", Subnet = subnet } }, Stop);
        for (var i = 0; i < 200; i++)
        {
            if ((await _admin.GetAsync<Network>(project, name, Stop)).Status?.Subnet is not null) return;
            await Task.Delay(50, Stop);
        }
        Assert.Fail($"network `{name}` never had a subnet; server: {_server.Log}");
    }

    private Task<NetworkInterface> InterfaceAsync(string project, string name, NetworkInterfaceSpec spec) =>
        _admin.CreateAsync(new NetworkInterface { Metadata = new() { Namespace = project, Name = name }, Spec = spec }, Stop);

    private async Task<NetworkInterface> SeeAsync(string project, string name, Func<NetworkInterface, bool> condition)
    {
        NetworkInterface seen = null!;
        for (var i = 0; i < 300; i++)
        {
            seen = await _admin.GetAsync<NetworkInterface>(project, name, Stop);
            if (condition(seen)) return seen;
            await Task.Delay(50, Stop);
        }
        Assert.Fail($"interface `{name}` never came to it: {System.Text.Json.JsonSerializer.Serialize(seen, Api.ApiJson.Lenient.GetTypeInfo(typeof(NetworkInterface)))}; server: {_server.Log}");
        return seen;
    }
}
