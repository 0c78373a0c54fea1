using System.Diagnostics;
using Microsoft.Extensions.Logging.Abstractions;
using Rempart.Api.Core;
using Rempart.Runtime.Controllers;
using Rempart.Testing.Api;
using Rempart.Testing.Time;

namespace Rempart.Runtime.Tests.Controllers;

public sealed class ControllerHostTests : IDisposable
{
    private readonly ManualTime _time = new();
    private readonly FakeApi _api;

    public ControllerHostTests() => _api = new FakeApi(_time);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Owners_are_woken_by_what_they_own()
    {
        var woken = new List<ResourceKey>();
        await using var world = new ControllerWorld(Stop, Controller("a", [ControllerInput.OwnedBy<ConfigMap, Secret>()], key =>
        {
            lock (woken) woken.Add(key);
        }));
        world.Api.Seed(new ConfigMap
        {
            Metadata = new() { Namespace = "ns", Name = "m", OwnerReferences = [new() { ApiVersion = "v1", Kind = "Secret", Name = "s", Uid = "u", Controller = true }] },
        });
        await world.UntilAsync("the owner is woken", () =>
        {
            lock (woken) return woken.Contains(new ResourceKey("ns", "s"));
        });
    }

    [Fact]
    public async Task A_failure_is_retried_later_and_other_keys_go_on()
    {
        var (failures, others) = (0, 0);
        _api.Seed(new ConfigMap { Metadata = new() { Namespace = "ns", Name = "bad" } });
        _api.Seed(new ConfigMap { Metadata = new() { Namespace = "ns", Name = "good" } });
        await using var world = new ControllerWorld(_api, _time, Stop, Controller("a", [ControllerInput.Self<ConfigMap>()], key =>
        {
            if (key.Name == "bad" && Interlocked.Increment(ref failures) < 4) throw new InvalidOperationException("poison");
            if (key.Name == "good") Interlocked.Increment(ref others);
        }));
        await world.UntilAsync("four attempts", () => Volatile.Read(ref failures) == 4);
        await world.UntilAsync("the other key", () => Volatile.Read(ref others) == 1);
    }

    [Fact]
    public async Task A_broken_invariant_ends_the_host()
    {
        _api.Seed(new ConfigMap { Metadata = new() { Namespace = "ns", Name = "m" } });
        var host = Host([Controller("a", [ControllerInput.Self<ConfigMap>()], _ => throw new UnreachableException("two and two are five"))]);
        await Assert.ThrowsAsync<UnreachableException>(() => host.RunAsync(Stop));
    }

    [Fact]
    public async Task A_loop_that_ends_by_itself_ends_the_host()
    {
        var spec = new ControllerSpec { Name = "a", Reads = [], Writes = [] };
        var host = Host([new ControllerRegistration(spec, context =>
        {
            context.RunBeside("short", _ => Task.CompletedTask);
            return new Acts(_ => { });
        })]);
        var surprise = await Assert.ThrowsAsync<UnreachableException>(() => host.RunAsync(Stop));
        Assert.Contains("a short", surprise.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Two_writers_of_one_field_are_refused_by_name()
    {
        var host = Host(
        [
            new(new ControllerSpec { Name = "one", Reads = [], Writes = [ControllerOutput.Of<Node>("status")] }, _ => new Acts(_ => { })),
            new(new ControllerSpec { Name = "two", Reads = [], Writes = [ControllerOutput.Condition<Node>("Ready")] }, _ => new Acts(_ => { })),
        ]);
        var refused = await Assert.ThrowsAsync<InvalidOperationException>(() => host.RunAsync(Stop));
        Assert.Contains("`one` and `two` both write `status` of nodes", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("status.phase", "status.phase", true)]
    [InlineData("status", "status.phase", true)]
    [InlineData("status.conditions[Ready]", "status.conditions", true)]
    [InlineData("status.conditions[Ready]", "status.conditions[Scheduled]", false)]
    [InlineData("status.phase", "status.phases", false)]
    public void Fields_overlap_when_one_is_part_of_the_other(string left, string right, bool overlap)
    {
        var (one, other) = (ControllerOutput.Of<Node>(left), ControllerOutput.Of<Node>(right));
        Assert.Equal(overlap, one.Overlaps(other));
        Assert.Equal(overlap, other.Overlaps(one));
        Assert.False(one.Overlaps(ControllerOutput.Of<Pod>(right)));
        Assert.False(one.Overlaps(ControllerOutput.Objects<Node>()));
    }

    public void Dispose() => _api.Dispose();

    private ControllerHost Host(IReadOnlyList<ControllerRegistration> controllers) => new(controllers, _ => _api.Client(), _time, NullLoggerFactory.Instance);

    private static ControllerRegistration Controller(string name, IReadOnlyList<ControllerInput> reads, Action<ResourceKey> act) =>
        new(new ControllerSpec { Name = name, Reads = reads, Writes = [ControllerOutput.Objects<ConfigMap>()] }, _ => new Acts(act));

    private sealed class Acts(Action<ResourceKey> act) : IReconciler
    {
        public ValueTask<ReconcileResult> ReconcileAsync(ResourceKey key, CancellationToken cancellationToken)
        {
            act(key);
            return ValueTask.FromResult(ReconcileResult.Done);
        }
    }
}
