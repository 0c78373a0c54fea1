using Rempart.Node.Agent;
using Rempart.Node.Hosts;

namespace Rempart.Node.Tests.Hosts;

/// <summary>How other hosts learn where this one is.</summary>
public sealed class PlaneAddressesTests
{
    [Fact]
    public void A_node_tells_its_management_address_as_Kubernetes_does_and_the_other_planes_by_names_of_ours()
    {
        var options = RunOptions.Parse(["--data", "/d/node", "--server", "https://10.0.0.1:6443", "--plane", "migration=10.0.1.2", "--plane", "management=10.0.0.2", "--plane", "tenant=fd00::2"], "host2");

        Assert.Equal(["InternalIP 10.0.0.2", "Hostname host2", "rempart.dev/migration 10.0.1.2", "rempart.dev/tenant fd00::2"],
            options.Planes.Addresses("host2").Select(address => $"{address.Type} {address.Address}"));
    }

    [Fact]
    public void A_host_without_planes_has_its_name()
    {
        Assert.Equal(["Hostname host2"], PlaneAddresses.None.Addresses("host2").Select(address => $"{address.Type} {address.Address}"));
        Assert.Null(PlaneAddresses.None.Look());
    }

    [Fact]
    public void A_plane_is_ready_on_the_device_that_has_its_address()
    {
        var planes = PlaneAddresses.Parse(["storage=127.0.0.1", "tenant=192.0.2.1"]).Look()!;

        Assert.Equal("storage 127.0.0.1 lo True", $"{planes[0].Name} {planes[0].Address} {planes[0].Device} {planes[0].Ready}");
        Assert.Equal("tenant 192.0.2.1  False", $"{planes[1].Name} {planes[1].Address} {planes[1].Device} {planes[1].Ready}");
    }

    [Theory]
    [InlineData("backup=10.0.0.1", "backup")]
    [InlineData("storage", "IP address")]
    [InlineData("storage=host2", "host2")]
    [InlineData("storage=10.1", "10.1")]
    public void What_is_no_plane_is_refused(string value, string named) =>
        Assert.Contains(named, Assert.Throws<AgentException>(() => RunOptions.Parse(["--data", "/d", "--server", "https://a", "--plane", value], "h")).Message, StringComparison.Ordinal);

    [Fact]
    public void A_plane_given_twice_is_refused() => Assert.Throws<FormatException>(() => PlaneAddresses.Parse(["storage=10.0.0.1", "storage=10.0.0.2"]));
}
