using System.Text;
using Rempart.Node.Volumes;

namespace Rempart.Node.Tests.Volumes;

public sealed class SeedDomainTests
{
    [Fact]
    public void A_guest_takes_its_projects_domain_from_its_lease()
    {
        var image = Encoding.UTF8.GetString(SeedImage.Write(new Seed { InstanceId = "x", Hostname = "web", Macs = ["0a:52:50:00:00:01"] }));

        // cloud-init 22.4 finds an interface's overrides by the name that it was told to set, and drops them without one.
        Assert.Contains("\"set-name\":\"eth0\"", image, StringComparison.Ordinal);
        Assert.Contains("\"dhcp4-overrides\":{\"route-metric\":100,\"use-domains\":true}", image, StringComparison.Ordinal);
    }
}
