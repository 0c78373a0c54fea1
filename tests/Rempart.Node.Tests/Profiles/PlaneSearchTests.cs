using System.Net;
using Rempart.Api.Infra;
using Rempart.Node.Hosts;
using Rempart.Node.Profiles;

namespace Rempart.Node.Tests.Profiles;

/// <summary>How a host finds its addresses on the planes of its profile.</summary>
public sealed class PlaneSearchTests
{
    private static readonly DeviceAddress[] Own =
    [
        Address("bond0", "10.30.0.7"), Address("bond0", "10.30.0.8"), Address("bond0", "fd00:1::7"), Address("eth0", "10.1.0.7"), Address("eth1", "10.30.0.9"),
    ];

    [Theory]
    [InlineData("bond0", "10.30.0.0/24", "10.30.0.7")]
    [InlineData("eth1", "10.30.0.0/24", "10.30.0.9")]
    [InlineData(null, "10.1.0.0/16", "10.1.0.7")]
    [InlineData("bond0", null, "10.30.0.7")]
    [InlineData("bond0", "fd00:1::/64", "fd00:1::7")]
    public void By_device_by_prefix_or_by_both(string? device, string? prefix, string found)
    {
        var (planes, findings) = Find(device, prefix, PlaneAddresses.None, PlaneAddresses.None);
        Assert.Empty(findings);
        Assert.Equal(found, planes.Find("migration")?.ToString());
    }

    [Fact]
    public void An_address_stays_the_planes_while_it_is_there()
    {
        var before = PlaneAddresses.None.With("migration", IPAddress.Parse("10.30.0.8"));
        Assert.Equal("10.30.0.8", Find("bond0", "10.30.0.0/24", PlaneAddresses.None, before).Planes.Find("migration")?.ToString());
        Assert.Equal("10.30.0.9", Find("eth1", "10.30.0.0/24", PlaneAddresses.None, before).Planes.Find("migration")?.ToString());
    }

    [Theory]
    [InlineData("eth0", "10.30.0.0/24", "plane `migration`: no address of `eth0` lies in `10.30.0.0/24`; `10.30.0.7` is on `bond0`")]
    [InlineData(null, "10.99.0.0/24", "plane `migration`: no address of this host lies in `10.99.0.0/24`: give it one")]
    [InlineData("eth9", null, "plane `migration`: `eth9` has no address: give it one")]
    public void What_is_not_there_is_said_and_claimed_by_nobody(string? device, string? prefix, string said)
    {
        var (planes, findings) = Find(device, prefix, PlaneAddresses.None, PlaneAddresses.None);
        Assert.Null(planes.Find("migration"));
        Assert.Equal(new ProfileFinding("PlaneMissing", said), Assert.Single(findings));
    }

    [Fact]
    public void The_command_line_counts_and_is_told_of_when_it_differs()
    {
        var given = PlaneAddresses.Parse(["migration=10.1.0.7", "management=10.1.0.7"]);
        var (planes, findings) = Find("bond0", null, given, PlaneAddresses.None);
        Assert.Equal(("10.1.0.7", "10.1.0.7"), (planes.Find("migration")?.ToString(), planes.Find("management")?.ToString()));
        Assert.Equal("PlaneDiffers", Assert.Single(findings).Reason);
        Assert.Empty(Find("eth0", "10.1.0.0/16", given, PlaneAddresses.None).Findings);
    }

    [Fact]
    public void What_is_outside_of_the_prefix_is_claimed_by_nobody_whoever_said_it()
    {
        var (planes, findings) = Find(null, "10.30.0.0/24", PlaneAddresses.Parse(["migration=10.1.0.7", "management=10.1.0.7"]), PlaneAddresses.None);
        Assert.Equal((null, "10.1.0.7"), (planes.Find("migration")?.ToString(), planes.Find("management")?.ToString()));
        Assert.Equal("PlaneOutsidePrefix", Assert.Single(findings).Reason);
    }

    private static (PlaneAddresses Planes, IReadOnlyList<ProfileFinding> Findings) Find(string? device, string? prefix, PlaneAddresses given, PlaneAddresses before) =>
        PlaneSearch.Find([new ProfilePlane { Name = "migration", Device = device, Prefix = prefix }], given, before, Own);

    private static DeviceAddress Address(string device, string address) => new(device, IPAddress.Parse(address));
}
