using Rempart.Api.Compute;
using Rempart.Api.Networking;
using Rempart.Controllers.Compute;
using Rempart.Controllers.Networking;
using Rempart.Controllers.Tests.Networking;
using Rempart.Runtime.Conditions;
using Rempart.Testing.Api;

namespace Rempart.Controllers.Tests.Compute;

/// <summary>What a machine says of its network, with the network's own controllers beside the machine's.</summary>
public sealed class MachineNetworkTests : IAsyncDisposable
{
    private readonly FabricProgress _progress = new();
    private readonly ControllerWorld _world;

    public MachineNetworkTests() => _world = new ControllerWorld(TestContext.Current.CancellationToken,
        MachineController.Registration, NetworkController.Register(FabricSamples.Fabric, _progress), InterfaceController.Register(_progress));

    [Theory]
    [InlineData("lan", "10.201.0.9", "InvalidAddress", "interface `web-lan`: spec.address: `10.201.0.9` is outside of the network's subnet `10.200.0.0/28`")]
    [InlineData("lan", "10.200.0.1", "InvalidAddress", "interface `web-lan`: spec.address: `10.200.0.1` is the gateway of `10.200.0.0/28`")]
    [InlineData("lan", "10.200.0.9", "AddressInUse", "interface `web-lan`: spec.address: `10.200.0.9` is another interface's address in network `lan`; choose another one, or leave it out to be given one")]
    [InlineData("gone", null, "NetworkNotFound", "interface `web-lan`: spec.network: network `gone` does not exist in this project")]
    public async Task A_machine_says_why_its_network_is_not_ready(string network, string? address, string reason, string message)
    {
        // Given a network in which somebody has an address.
        _world.Api.Seed(new Network { Metadata = new() { Namespace = "p", Name = "lan" }, Spec = new() { Type = "Routed", Subnet = "10.200.0.0/28" } });
        _world.Api.Seed(new NetworkInterface { Metadata = new() { Namespace = "p", Name = "first" }, Spec = new() { Network = "lan", Address = "10.200.0.9" } });
        await _world.UntilAsync("the first", () => _world.Api.Find<NetworkInterface>("p", "first")!.Status?.Conditions.IsTrue("Allocated") == true);

        // When a machine asks for what it can't have.
        var machine = MachineWorld.Machine("web");
        _world.Api.Seed(machine with { Spec = machine.Spec with { NetworkInterfaces = [new() { Name = "lan", Network = network, Address = address }] } });

        // Then its own condition has the interface's words.
        await _world.UntilAsync(message, () => _world.Api.Find<VirtualMachine>("p", "web")!.Status!.Conditions.Find("NetworkReady") is { Status: "False" } condition
            && condition.Reason == reason && condition.Message == message);
    }

    public ValueTask DisposeAsync() => _world.DisposeAsync();
}
