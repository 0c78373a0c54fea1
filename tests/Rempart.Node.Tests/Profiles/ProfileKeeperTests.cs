using System.Net;
using Rempart.Api.Infra;
using Rempart.Node.Hosts;
using Rempart.Node.Profiles;
using Rempart.Runtime.Events;

namespace Rempart.Node.Tests.Profiles;

/// <summary>What an agent does about its profile, look by look.</summary>
public sealed class ProfileKeeperTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("profile-").FullName;
    private readonly List<string> _said = [];
    private IReadOnlyList<DeviceAddress> _own = [new("eth1", IPAddress.Parse("10.30.0.7"))];

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_plane_follows_its_device_and_what_becomes_of_it_is_said_once()
    {
        var keeper = Keeper();
        Assert.Null(await keeper.KeepAsync(null, Stop));
        Assert.Null(keeper.Planes.Find("migration"));

        var applied = await keeper.KeepAsync(Migration(1), Stop);
        Assert.Equal((true, 1L, "10.30.0.7"), (applied!.IsApplied, applied.Generation, keeper.Planes.Find("migration")?.ToString()));
        _own = [];
        var missing = await keeper.KeepAsync(Migration(1), Stop);
        await keeper.KeepAsync(Migration(1), Stop);
        Assert.Equal((false, "PlaneMissing", null), (missing!.IsApplied, missing.Reason, keeper.Planes.Find("migration")));
        _own = [new("eth1", IPAddress.Parse("10.30.0.8"))];
        await keeper.KeepAsync(Migration(1), Stop);
        Assert.Equal("10.30.0.8", keeper.Planes.Find("migration")?.ToString());
        Assert.Equal(["Normal ProfileApplied", "Warning ProfilePlaneMissing", "Normal ProfileApplied"], _said);
    }

    [Fact]
    public async Task An_agent_that_starts_while_no_server_answers_knows_its_planes()
    {
        await Keeper().KeepAsync(Migration(1), Stop);
        var next = Keeper();
        next.Restore();
        Assert.Equal("10.30.0.7", next.Planes.Find("migration")?.ToString());

        // Told that it has no profile, it forgets.
        Assert.Null(await next.KeepAsync(null, Stop));
        var last = Keeper();
        last.Restore();
        Assert.Null(last.Planes.Find("migration"));
    }

    [Fact]
    public void What_was_told_last_and_can_not_be_read_is_told_again()
    {
        File.WriteAllText(Path.Combine(_folder, "profile.json"), "{");
        var keeper = Keeper();
        keeper.Restore();
        Assert.Null(keeper.Planes.Find("migration"));
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private ProfileKeeper Keeper() => new(PlaneAddresses.None, new HostSpecFile(Path.Combine(_folder, "profile.json")))
    {
        Addresses = () => _own,
        Said = (severity, reason, _) => _said.Add($"{(severity == EventSeverity.Warning ? "Warning" : "Normal")} {reason}"),
    };

    private static HostSpec Migration(long generation) => new() { Profile = "rack-a", ProfileGeneration = generation, Planes = [new() { Name = "migration", Prefix = "10.30.0.0/24" }] };
}
