using Rempart.Api.Compute;
using Rempart.Api.Meta;
using Rempart.Api.Networking;
using Rempart.Api.Storage;
using Rempart.Controllers.Compute;
using Rempart.Controllers.GarbageCollection;
using Rempart.Controllers.Scheduling;
using Rempart.Runtime.Conditions;
using Rempart.Testing.Api;

namespace Rempart.Controllers.Tests.Compute;

public sealed class MachineControllerTests : IAsyncDisposable
{
    private readonly ControllerWorld _world = new(TestContext.Current.CancellationToken,
        MachineController.Registration, VolumeController.Registration, Scheduler.Registration, GarbageCollector.Registration);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_machine_gets_its_volumes_and_interfaces_and_says_what_it_waits_for()
    {
        var machine = MachineWorld.Machine("web");
        _world.Api.Seed(machine with
        {
            Spec = machine.Spec with
            {
                RootVolumeSize = Quantity.Parse("8Gi"),
                Volumes = [new() { Name = "data", Size = Quantity.Parse("1Gi") }],
                NetworkInterfaces = [new() { Name = "front" }, new() { Name = "back", Network = "inner", Address = "10.0.0.9" }],
            },
        });
        await _world.UntilAsync("two volumes and two interfaces in the status", () => Status("web") is { Volumes.Count: 2, NetworkInterfaces.Count: 2 });
        var root = _world.Api.Find<Volume>("p", "web-root")!;
        Assert.Equal(("debian-12", MachineWorld.Digest, 8L << 30), (root.Spec.Source!.Image, root.Spec.Source.Digest, root.Spec.Size!.Value.Units));
        Assert.Contains(VolumeMarks.Finalizer, root.Metadata.Finalizers!);
        Assert.Null(_world.Api.Find<Volume>("p", "web-data")!.Spec.Source);
        var (front, back) = (_world.Api.Find<NetworkInterface>("p", "web-front")!, _world.Api.Find<NetworkInterface>("p", "web-back")!);
        Assert.Equal(("default", "web", null), (front.Spec.Network, front.Spec.Hostname, front.Spec.Address));
        Assert.Equal(("inner", null, "10.0.0.9"), (back.Spec.Network, back.Spec.Hostname, back.Spec.Address));
        Assert.Equal(["root", "data"], Status("web").Volumes!.Select(volume => volume.Name));
        Assert.Equal("Pending", Status("web").Phase);
        Assert.Contains("volume `web-root` is made on the node", Status("web").Conditions.Find("VolumesReady")!.Message, StringComparison.Ordinal);
        await _world.UntilAsync("what it waits for", () => Status("web").Conditions.Find("Scheduled")?.Message == "no node is in the cluster yet");
    }

    [Fact]
    public async Task A_volume_that_a_quota_does_not_allow_is_said_and_made_once_it_may_be()
    {
        const string Sentence = "volumes.storage.rempart.dev \"web-root\" is forbidden: exceeded quota: small, requested: requests.storage=8Gi, used: requests.storage=0, limited: requests.storage=1Gi";
        _world.Api.Fault = request => request.Method == HttpMethod.Post && request.RequestUri!.AbsolutePath.EndsWith("/volumes", StringComparison.Ordinal)
            ? ApiException.Failure(403, StatusReason.Forbidden, Sentence).Status : null;
        _world.Api.Seed(MachineWorld.Machine("web"));
        await _world.UntilAsync("the refusal", () => Status("web").Conditions.Find("VolumesReady") is { Status: "False", Reason: "Refused", Message: Sentence });
        await _world.UntilAsync("the event", () => _world.Api.All<Rempart.Api.Core.Event>().Any(told => told is { Type: "Warning", Reason: "Refused", Message: Sentence }));
        Assert.NotNull(_world.Api.Find<NetworkInterface>("p", "web-default"));

        _world.Api.Fault = null;
        _world.Time.Advance(TimeSpan.FromSeconds(16));
        await _world.UntilAsync("the volume", () => _world.Api.Find<Volume>("p", "web-root") is not null);
    }

    [Fact]
    public async Task A_root_volume_of_another_image_is_not_taken_whoever_it_says_owns_it()
    {
        _world.Api.Seed(MachineWorld.Machine("web"));
        await _world.UntilAsync("the root volume", () => _world.Api.Find<Volume>("p", "web-root") is not null);
        var root = _world.Api.Find<Volume>("p", "web-root")!;
        _world.Api.Seed(root with { Spec = root.Spec with { Source = new() { Image = "smuggled" } } });
        await _world.UntilAsync("the volume refused", () => Status("web").Conditions.Find("VolumesReady")?.Reason == "VolumeDiffers" && Status("web").Volumes is []);
    }

    [Fact]
    public async Task Security_groups_follow_the_machine_whoever_changed_the_interface()
    {
        // Given a machine with an interface that has no groups.
        var machine = MachineWorld.Machine("web");
        _world.Api.Seed(machine with { Spec = machine.Spec with { NetworkInterfaces = [new() { Name = "lan" }] } });
        await _world.UntilAsync("the interface", () => _world.Api.Find<NetworkInterface>("p", "web-lan") is not null);
        Assert.Null(Groups());

        // When the machine asks for groups, then its interface has them.
        Ask([new() { Name = "lan", SecurityGroups = ["ssh", "web"] }]);
        await _world.UntilAsync("the groups", () => Groups() is ["ssh", "web"]);

        // When somebody changes the interface, then it is put right.
        var nic = _world.Api.Find<NetworkInterface>("p", "web-lan")!;
        _world.Api.Seed(nic with { Spec = nic.Spec with { SecurityGroups = [] } });
        await _world.UntilAsync("the groups again", () => Groups() is ["ssh", "web"]);

        // When the machine names none any more, then the default rules are back.
        Ask([new() { Name = "lan" }]);
        await _world.UntilAsync("no groups", () => Groups() is null);

        IReadOnlyList<string>? Groups() => _world.Api.Find<NetworkInterface>("p", "web-lan")!.Spec.SecurityGroups;

        void Ask(IReadOnlyList<MachineInterface> interfaces)
        {
            var now = _world.Api.Find<VirtualMachine>("p", "web")!;
            _world.Api.Seed(now with { Spec = now.Spec with { NetworkInterfaces = interfaces } });
        }
    }

    [Fact]
    public async Task Addresses_and_readiness_follow_the_interfaces()
    {
        _world.Api.Seed(MachineWorld.Machine("web"));
        await _world.UntilAsync("the interface", () => _world.Api.Find<NetworkInterface>("p", "web-default") is not null);
        var nic = _world.Api.Find<NetworkInterface>("p", "web-default")!;
        _world.Api.Seed(nic with
        {
            Status = new() { Addresses = [new() { Address = "10.1.0.5", Origin = "allocated" }], Conditions = [new() { Type = "Ready", Status = "True" }] },
        });
        await _world.UntilAsync("its address", () => Status("web").Addresses is ["10.1.0.5"] && Status("web").Conditions.IsTrue("NetworkReady"));
        Assert.False(Status("web").Conditions.IsTrue("VolumesReady"));
    }

    [Fact]
    public async Task Somebody_elses_volume_is_never_taken()
    {
        _world.Api.Seed(new Volume { Metadata = new() { Namespace = "p", Name = "web-root" }, Spec = new() { Size = Quantity.Parse("1Gi") } });
        _world.Api.Seed(MachineWorld.Machine("web"));
        await _world.UntilAsync("the refusal", () => Status("web").Conditions.Find("VolumesReady")?.Reason == "VolumeTaken");
        Assert.Empty(Status("web").Volumes!);
    }

    [Fact]
    public async Task A_machine_that_never_ran_goes_at_once_and_leaves_nothing()
    {
        _world.Api.Seed(MachineWorld.Machine("web"));
        await _world.UntilAsync("the interface", () => Status("web").NetworkInterfaces is { Count: 1 });
        using var client = _world.Api.Client();
        await client.DeleteAsync<VirtualMachine>("p", "web", null, Stop);
        await _world.UntilAsync("an empty project", () => _world.Api.Everything().All(left => left.StartsWith("Event ", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_machine_on_a_host_stays_until_its_node_says_that_nothing_is_left()
    {
        _world.Api.Seed(MachineWorld.Node("h1", _world.Time.GetUtcNow().AddHours(1)));
        _world.Api.Seed(MachineWorld.Image("h1"));
        _world.Api.Seed(MachineWorld.Machine("web"));
        await _world.UntilAsync("a host", () => Status("web").NodeName == "h1");
        using var client = _world.Api.Client();
        await client.DeleteAsync<VirtualMachine>("p", "web", null, Stop);
        await _world.SettleAsync();
        Assert.NotNull(_world.Api.Find<VirtualMachine>("p", "web"));
        Assert.NotNull(_world.Api.Find<Volume>("p", "web-root"));
        await client.ChangeStatusAsync(_world.Api.Find<VirtualMachine>("p", "web")!, machine => machine with
        {
            Status = machine.Status! with { Conditions = machine.Status.Conditions.With("Running", false, MachineMarks.Removed, "nothing is left", null, _world.Time.GetUtcNow()) },
        }, Stop);
        await _world.UntilAsync("its end", () => _world.Api.Find<VirtualMachine>("p", "web") is null && _world.Api.Find<Volume>("p", "web-root") is null);
    }

    [Fact]
    public async Task A_volume_with_data_stays_until_its_node_has_deleted_them()
    {
        _world.Api.Seed(MachineWorld.Node("h1", _world.Time.GetUtcNow().AddHours(1)));
        _world.Api.Seed(new Volume { Metadata = new() { Namespace = "p", Name = "v", Finalizers = [VolumeMarks.Finalizer] }, Spec = new() { Size = Quantity.Parse("1Gi") }, Status = new() { NodeName = "h1" } });
        using var client = _world.Api.Client();
        await client.DeleteAsync<Volume>("p", "v", null, Stop);
        await _world.SettleAsync();
        var volume = _world.Api.Find<Volume>("p", "v")!;
        await client.UpdateStatusAsync(volume with { Status = volume.Status! with { NodeName = null } }, Stop);
        await _world.UntilAsync("its end", () => _world.Api.Find<Volume>("p", "v") is null);
    }

    [Fact]
    public async Task A_volume_that_no_node_holds_goes_though_a_placed_machine_waits_for_the_next_one()
    {
        _world.Api.Seed(MachineWorld.Node("h1", _world.Time.GetUtcNow().AddHours(1)));
        var machine = MachineWorld.Machine("web");
        _world.Api.Seed(machine with { Status = machine.Status! with { NodeName = "h1" } });
        await _world.UntilAsync("its volume", () => Status("web").Volumes is { Count: 1 });
        var first = _world.Api.Find<Volume>("p", "web-root")!.Metadata.Uid;
        using var client = _world.Api.Client();
        await client.DeleteAsync<Volume>("p", "web-root", null, Stop);
        await _world.UntilAsync("another one", () => _world.Api.Find<Volume>("p", "web-root") is { Metadata: { DeletionTimestamp: null, Uid: var next } } && next != first);
    }

    public ValueTask DisposeAsync() => _world.DisposeAsync();

    private VirtualMachineStatus Status(string name) => _world.Api.Find<VirtualMachine>("p", name)!.Status!;
}
