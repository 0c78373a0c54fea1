using Rempart.ApiServer.Flow;

namespace Rempart.ApiServer.Tests.Flow;

public sealed class ConnectionBoundsTests
{
    [Theory]
    [InlineData(400)]
    [InlineData(1024)]
    [InlineData(65536)]
    public void However_few_descriptors_there_are_the_servers_own_controllers_fit(long descriptors)
    {
        var bounds = ConnectionBounds.Within(descriptors);

        // About 40 connections, half of them by one name, made at once and from one address.
        Assert.True(bounds.OfName >= 48 && bounds.UnknownOfAddress >= 48 && bounds.Unknown > bounds.UnknownOfAddress, bounds.ToString());
        Assert.True(bounds.All >= bounds.Unknown + 48, bounds.ToString());
        Assert.True(bounds.All < descriptors - 250, bounds.ToString());
    }

    [Fact]
    public void A_process_without_a_limit_has_the_bounds_of_its_own() => Assert.Equal(new ConnectionBounds(), ConnectionBounds.Within(long.MaxValue));
}
