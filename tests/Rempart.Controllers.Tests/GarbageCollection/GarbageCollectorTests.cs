using Rempart.Api.Core;
using Rempart.Api.Meta;
using Rempart.Controllers.GarbageCollection;
using Rempart.Testing.Api;

namespace Rempart.Controllers.Tests.GarbageCollection;

public sealed class GarbageCollectorTests : IAsyncDisposable
{
    private readonly ControllerWorld _world = new(TestContext.Current.CancellationToken, GarbageCollector.Registration);
    private readonly ConfigMap _owner;

    public GarbageCollectorTests()
    {
        _owner = _world.Api.Seed(new ConfigMap { Metadata = new() { Namespace = "p", Name = "owner" } });
        Own("child", Reference(_owner, block: true));
    }

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_belonged_to_a_deleted_object_goes_with_all_below_it()
    {
        Own("grandchild", Reference(Find("child")!));
        await DeleteAsync("owner", "Background");
        await _world.UntilAsync("nothing left", () => _world.Api.All<ConfigMap>().Count == 0);
    }

    [Fact]
    public async Task In_foreground_an_owner_goes_last()
    {
        _world.Api.Seed(Find("child")! with { Metadata = Find("child")!.Metadata with { Finalizers = ["test/hold"] } });
        await DeleteAsync("owner", "Foreground");
        await _world.UntilAsync("the child's deletion", () => Find("child")!.Metadata.DeletionTimestamp is not null);
        await _world.SettleAsync();
        Assert.NotNull(Find("owner"));
        _world.Api.Seed(Find("child")! with { Metadata = Find("child")!.Metadata with { Finalizers = [] } });
        using var client = _world.Api.Client();
        await client.DeleteAsync<ConfigMap>("p", "child", null, Stop);
        await _world.UntilAsync("the owner's end", () => Find("owner") is null);
    }

    [Fact]
    public async Task Orphans_stay_and_forget_their_owner()
    {
        await DeleteAsync("owner", "Orphan");
        await _world.UntilAsync("the owner's end", () => Find("owner") is null);
        await _world.SettleAsync();
        Assert.Empty(Find("child")!.Metadata.OwnerReferences ?? []);
    }

    [Fact]
    public async Task An_orphan_that_can_not_be_changed_keeps_no_other_from_being_let_go()
    {
        Own("z", Reference(_owner));
        _world.Api.Fault = request => request.Method == HttpMethod.Patch && request.RequestUri!.AbsolutePath.EndsWith("/child", StringComparison.Ordinal)
            ? new ApiStatus { Status = "Failure", Code = 405, Reason = StatusReason.MethodNotAllowed, Message = "not here" } : null;
        await DeleteAsync("owner", "Orphan");
        await _world.UntilAsync("one let go", () => Find("z")!.Metadata.OwnerReferences is null or []);
        Assert.NotNull(Find("owner"));
        _world.Api.Fault = null;
        await _world.UntilAsync("the owner's end", () => Find("owner") is null);
    }

    [Fact]
    public async Task An_object_with_another_living_owner_stays()
    {
        var second = _world.Api.Seed(new ConfigMap { Metadata = new() { Namespace = "p", Name = "second" } });
        Own("shared", Reference(_owner), Reference(second));
        await DeleteAsync("owner", "Background");
        await _world.UntilAsync("the child's end", () => Find("child") is null);
        await _world.UntilAsync("one owner", () => Find("shared")!.Metadata.OwnerReferences is [{ Name: "second" }]);
    }

    [Fact]
    public async Task An_owner_that_was_made_anew_under_its_name_is_another()
    {
        Own("stale", new OwnerReference { ApiVersion = "v1", Kind = "ConfigMap", Name = "owner", Uid = "of-an-earlier-one" });
        await _world.UntilAsync("its end", () => Find("stale") is null);
        Assert.NotNull(Find("child"));
    }

    [Fact]
    public async Task An_owner_of_an_unknown_kind_keeps_what_it_owns()
    {
        Own("kept", new OwnerReference { ApiVersion = "other.dev/v1", Kind = "Thing", Name = "t", Uid = "u" });
        await _world.SettleAsync();
        Assert.NotNull(Find("kept"));
    }

    [Fact]
    public async Task An_owner_in_another_project_is_none()
    {
        var elsewhere = _world.Api.Seed(new ConfigMap { Metadata = new() { Namespace = "q", Name = "elsewhere" } });
        Own("stray", Reference(elsewhere));
        await _world.UntilAsync("its end", () => Find("stray") is null);
        Assert.NotNull(_world.Api.Find<ConfigMap>("q", "elsewhere"));
    }

    [Fact]
    public async Task Who_names_an_owner_in_another_project_does_not_hold_it_up()
    {
        _world.Api.Seed(new ConfigMap { Metadata = new() { Namespace = "q", Name = "owner" } });
        foreach (var (ns, name) in (ReadOnlySpan<(string, string)>)[("q", "owner"), ("p", "another")])
        {
            var claim = Reference(_owner, block: true) with { Name = name };
            _world.Api.Seed(new ConfigMap { Metadata = new() { Namespace = ns, Name = "stray", Finalizers = ["test/hold"], OwnerReferences = [claim] } });
        }
        await DeleteAsync("owner", "Foreground");
        await _world.UntilAsync("the owner's end", () => Find("owner") is null);
    }

    [Fact]
    public async Task What_lives_outside_projects_is_owned_by_nothing_inside_one_and_stays()
    {
        _world.Api.Seed(new Node { Metadata = new() { Name = "n", OwnerReferences = [Reference(_owner)] } });
        await DeleteAsync("owner", "Background");
        await _world.UntilAsync("the child's end", () => Find("child") is null);
        await _world.SettleAsync();
        Assert.NotNull(_world.Api.Find<Node>(null, "n"));
    }

    [Fact]
    public async Task An_object_that_orphans_what_it_owns_does_so_when_its_own_owner_goes()
    {
        Own("grandchild", Reference(Find("child")!));
        _world.Api.Seed(Find("child")! with { Metadata = Find("child")!.Metadata with { Finalizers = ["orphan"] } });
        await DeleteAsync("owner", "Background");
        await _world.UntilAsync("the child's end", () => Find("child") is null);
        await _world.SettleAsync();
        Assert.Empty(Find("grandchild")!.Metadata.OwnerReferences ?? []);
    }

    [Fact]
    public async Task A_circle_of_owners_goes_in_foreground_all_the_same()
    {
        var child = Find("child")!;
        _world.Api.Seed(Find("owner")! with { Metadata = Find("owner")!.Metadata with { OwnerReferences = [Reference(child, block: true)] } });
        await DeleteAsync("owner", "Foreground");
        await _world.UntilAsync("nothing left", () => _world.Api.All<ConfigMap>().Count == 0);
    }

    [Fact]
    public async Task What_does_not_block_its_owner_is_not_waited_for()
    {
        _world.Api.Seed(Find("child")! with { Metadata = Find("child")!.Metadata with { Finalizers = ["test/hold"], OwnerReferences = [Reference(_owner)] } });
        await DeleteAsync("owner", "Foreground");
        await _world.UntilAsync("the owner's end", () => Find("owner") is null);
        await _world.UntilAsync("the child's deletion", () => Find("child")!.Metadata.DeletionTimestamp is not null);
    }

    public ValueTask DisposeAsync() => _world.DisposeAsync();

    private static OwnerReference Reference(ConfigMap owner, bool block = false) =>
        new() { ApiVersion = "v1", Kind = "ConfigMap", Name = owner.Metadata.Name!, Uid = owner.Metadata.Uid!, BlockOwnerDeletion = block };

    private ConfigMap? Find(string name) => _world.Api.Find<ConfigMap>("p", name);

    private void Own(string name, params OwnerReference[] owners) => _world.Api.Seed(new ConfigMap { Metadata = new() { Namespace = "p", Name = name, OwnerReferences = owners } });

    private async Task DeleteAsync(string name, string propagation)
    {
        using var client = _world.Api.Client();
        await client.DeleteAsync<ConfigMap>("p", name, new DeleteOptions { PropagationPolicy = propagation }, Stop);
    }
}
