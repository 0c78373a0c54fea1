using Rempart.Api.Compute;
using Rempart.Api.Core;
using Rempart.Api.Meta;
using Rempart.Api.Networking;
using Rempart.Controllers.Compute;
using Rempart.Controllers.GarbageCollection;
using Rempart.Controllers.Projects;
using Rempart.Controllers.Tests.Compute;
using Rempart.Runtime.Conditions;
using Rempart.Testing.Api;

namespace Rempart.Controllers.Tests.Projects;

public sealed class ProjectControllerTests : IAsyncDisposable
{
    private readonly ControllerWorld _world = new(TestContext.Current.CancellationToken,
        ProjectController.Registration, MachineController.Registration, VolumeController.Registration, GarbageCollector.Registration);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_project_with_a_running_machine_goes_machine_first_and_leaves_nothing()
    {
        _world.Api.Seed(new Namespace { Metadata = new() { Name = "p" } });
        _world.Api.Seed(MachineWorld.Node("h1", _world.Time.GetUtcNow().AddHours(1)));
        _world.Api.Seed(new Network { Metadata = new() { Namespace = "p", Name = "default" }, Spec = new() { Type = "Routed" } });
        _world.Api.Seed(new Secret { Metadata = new() { Namespace = "p", Name = "s" } });
        var machine = MachineWorld.Machine("web");
        _world.Api.Seed(machine with { Status = machine.Status! with { NodeName = "h1" } });
        await _world.UntilAsync("its volume", () => Machine()!.Status!.Volumes is { Count: 1 });
        using var client = _world.Api.Client();
        await client.DeleteAsync<Namespace>(null, "p", null, Stop);
        await _world.UntilAsync("a word on what is left", () => _world.Api.Find<Namespace>(null, "p")!.Status!.Conditions.Find("NamespaceContentRemaining") is { } left
            && left.Message!.Contains("`web`", StringComparison.Ordinal));
        await _world.SettleAsync();
        Assert.NotNull(_world.Api.Find<Network>("p", "default"));
        await client.ChangeStatusAsync(Machine()!, current => current with
        {
            Status = current.Status! with { Conditions = current.Status.Conditions.With("Running", false, MachineMarks.Removed, "gone", null, _world.Time.GetUtcNow()) },
        }, Stop);
        await _world.UntilAsync("an empty cluster", () => _world.Api.Everything().SequenceEqual(["Node h1"]));
    }

    [Fact]
    public async Task What_holds_up_the_end_of_a_project_is_said_in_its_conditions()
    {
        _world.Api.Seed(new Namespace { Metadata = new() { Name = "p" } });
        foreach (var name in (string[])["a", "b"]) _world.Api.Seed(new ConfigMap { Metadata = new() { Namespace = "p", Name = name, Finalizers = ["test/hold"] } });
        _world.Api.Seed(new Secret { Metadata = new() { Namespace = "p", Name = "kept" } });
        _world.Api.Fault = request => request.Method == HttpMethod.Delete && request.RequestUri!.AbsolutePath.EndsWith("/secrets/kept", StringComparison.Ordinal)
            ? new ApiStatus { Status = "Failure", Code = 403, Reason = StatusReason.Forbidden, Message = "secrets \"kept\" is forbidden: not now" } : null;
        using var client = _world.Api.Client();
        await client.DeleteAsync<Namespace>(null, "p", null, Stop);

        await _world.UntilAsync("the conditions", () => Conditions().Count == 5);
        Assert.Equal(
        [
            "NamespaceContentRemaining True SomeResourcesRemain: Some resources are remaining: configmaps. has 2 resource instances (`a`, `b`), secrets. has 1 resource instances (`kept`)",
            "NamespaceDeletionContentFailure True ContentDeletionFailed: Failed to delete all resource types, 1 remaining: secrets \"kept\" is forbidden: not now",
            "NamespaceDeletionDiscoveryFailure False ResourcesDiscovered: All resources successfully discovered",
            "NamespaceDeletionGroupVersionParsingFailure False ParsedGroupVersions: All legacy kube types successfully parsed",
            "NamespaceFinalizersRemaining True SomeFinalizersRemain: Some content in the namespace has finalizers remaining: test/hold in 2 resource instances",
        ], Conditions());

        _world.Api.Fault = null;
        _world.Api.Seed(_world.Api.Find<Namespace>(null, "p")! with { Metadata = _world.Api.Find<Namespace>(null, "p")!.Metadata with { Finalizers = ["test/of-its-own"] } });
        foreach (var name in (string[])["a", "b"]) _world.Api.Seed(_world.Api.Find<ConfigMap>("p", name)! with { Metadata = new() { Namespace = "p", Name = name } });
        await _world.UntilAsync("conditions that wait for nothing", () => Conditions() is { Count: 5 } all && all.All(c => c.Contains(" False ", StringComparison.Ordinal)));
    }

    public ValueTask DisposeAsync() => _world.DisposeAsync();

    private List<string> Conditions() => [.. (_world.Api.Find<Namespace>(null, "p")?.Status?.Conditions ?? []).Select(c => $"{c.Type} {c.Status} {c.Reason}: {c.Message}").Order(StringComparer.Ordinal)];

    private VirtualMachine? Machine() => _world.Api.Find<VirtualMachine>("p", "web");
}
