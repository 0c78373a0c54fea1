using Rempart.Api.Core;
using Rempart.Api.Infra;
using Rempart.Api.Meta;
using Rempart.Controllers.Hosts;
using Rempart.Runtime.Conditions;
using Rempart.Testing.Api;

namespace Rempart.Controllers.Tests.Hosts;

/// <summary>Which host is told what, and what is told of it.</summary>
public sealed class HostProfileControllerTests : IAsyncDisposable
{
    private readonly ControllerWorld _world = new(TestContext.Current.CancellationToken, HostProfileController.Registration);

    [Fact]
    public async Task The_profile_whose_name_comes_first_counts_as_a_whole()
    {
        Seed("host1", "a");
        Seed("host2", "b");
        Profile("rack-a", "a", "10.30.0.0/24");
        Profile("z-everyone", null, "10.40.0.0/24");
        await _world.UntilAsync("both are told", () => Told("host1") is { Profile: "rack-a" } && Told("host2") is { Profile: "z-everyone" });
        Assert.Equal(("10.30.0.0/24", null), (Told("host1")!.Planes![0].Prefix, Told("host1")!.Pools));

        await _world.UntilAsync("the other says that it does not count", () => Status("z-everyone") is { Hosts: 1, Overridden: 1 });

        // A host that is carried to another room, and one whose profile goes.
        Label("host1", "c");
        await _world.UntilAsync("the other counts", () => Told("host1") is { Profile: "z-everyone" });
        using (var admin = _world.Api.Client()) await admin.DeleteAsync<HostProfile>(null, "z-everyone", new(), TestContext.Current.CancellationToken);
        await _world.UntilAsync("nobody is told anything", () => Told("host1") is null && Told("host2") is null);
        await _world.UntilAsync("and it is said", () => Status("rack-a") is { Hosts: 0, Message: "it selects no host" });
    }

    [Fact]
    public async Task A_profile_tells_what_became_of_it()
    {
        foreach (var host in new[] { "host1", "host2", "host3" }) Seed(host, "a");
        Profile("rack-a", "a", "10.30.0.0/24");
        await _world.UntilAsync("all are told", () => Told("host1") is not null && Told("host2") is not null && Told("host3") is not null);
        await _world.UntilAsync("nobody has answered", () => Status("rack-a") is { Hosts: 3, Applied: 0, Failed: 0 } && Applied() == "Unknown");

        Say("host1", true, "Applied", "it is so");
        Say("host2", true, "Applied", "it is so");
        await _world.UntilAsync("two have", () => Status("rack-a") is { Applied: 2 });
        Assert.Equal(("Unknown", "1 host has not said yet what became of it"), (Applied(), Status("rack-a")!.Message));
        Say("host3", false, "PlaneMissing", "no address");
        await _world.UntilAsync("one differs", () => Status("rack-a") is { Applied: 2, Failed: 1 });
        Assert.Equal(("False", "1 host differs: `host3`"), (Applied(), Status("rack-a")!.Message));
        Assert.Equal(("host3", "PlaneMissing", "no address"), (Status("rack-a")!.Failures![0].Host, Status("rack-a")!.Failures![0].Reason, Status("rack-a")!.Failures![0].Message));

        // What was said of an earlier generation says nothing of the next one.
        var profile = _world.Api.Find<HostProfile>(null, "rack-a")!;
        _world.Api.Seed(profile with { Metadata = profile.Metadata with { Generation = 2 }, Spec = profile.Spec with { Planes = [new() { Name = "migration", Prefix = "10.31.0.0/24" }] } });
        await _world.UntilAsync("they are told anew", () => Told("host3") is { ProfileGeneration: 2 } && Status("rack-a") is { Hosts: 3, Applied: 0, Failed: 0, ObservedGeneration: 2 });
        foreach (var host in new[] { "host1", "host2", "host3" }) Say(host, true, "Applied", "it is so");
        await _world.UntilAsync("all are as it says", () => Applied() == "True" && Status("rack-a")!.Message == "3 hosts are as it says");
    }

    public ValueTask DisposeAsync() => _world.DisposeAsync();

    private HostSpec? Told(string host) => _world.Api.Find<Host>(null, host)!.Spec;

    private HostProfileStatus? Status(string profile) => _world.Api.Find<HostProfile>(null, profile)?.Status;

    private string? Applied() => (Status("rack-a")?.Conditions).Find("Applied")?.Status;

    private void Seed(string name, string zone)
    {
        _world.Api.Seed(new Node { Metadata = new() { Name = name, Labels = Zone(zone) } });
        _world.Api.Seed(new Host { Metadata = new() { Name = name } });
    }

    private void Label(string name, string zone)
    {
        var node = _world.Api.Find<Node>(null, name)!;
        _world.Api.Seed(node with { Metadata = node.Metadata with { Labels = Zone(zone) } });
    }

    private void Profile(string name, string? zone, string prefix) => _world.Api.Seed(new HostProfile
    {
        Metadata = new() { Name = name, Generation = 1 },
        Spec = new() { Hosts = zone is null ? null : new LabelSelector { MatchLabels = Zone(zone) }, Planes = [new() { Name = "migration", Prefix = prefix }] },
    });

    private void Say(string name, bool applied, string reason, string message)
    {
        var host = _world.Api.Find<Host>(null, name)!;
        _world.Api.Seed(host with { Status = new() { Conditions = ((IReadOnlyList<Condition>?)null).With(HostMarks.ProfileApplied, applied, reason, message, host.Spec!.ProfileGeneration, _world.Time.GetUtcNow()) } });
    }

    private static Dictionary<string, string> Zone(string zone) => new() { ["topology.kubernetes.io/zone"] = zone };
}
