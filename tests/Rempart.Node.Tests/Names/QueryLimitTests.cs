using System.Net;
using Rempart.Node.Names;
using Rempart.Testing.Time;

namespace Rempart.Node.Tests.Names;

public sealed class QueryLimitTests
{
    private static readonly IPAddress One = IPAddress.Parse("10.0.0.1");
    private static readonly IPAddress Other = IPAddress.Parse("10.0.0.2");

    [Fact]
    public void A_guest_that_asks_too_much_is_not_heard_until_the_next_second_and_others_are()
    {
        var time = new ManualTime();
        var limit = new QueryLimit(time);

        Assert.Equal(200, Enumerable.Range(0, 1000).Count(_ => limit.Ask(One)));
        Assert.True(limit.Ask(Other));
        time.Advance(TimeSpan.FromSeconds(1));
        Assert.True(limit.Ask(One));
    }

    [Fact]
    public void A_guest_has_so_many_places_and_gets_them_back()
    {
        var limit = new QueryLimit(new ManualTime());

        Assert.Equal(16, Enumerable.Range(0, 100).Count(_ => limit.Enter(One)));
        Assert.True(limit.Enter(Other));
        limit.Leave(One);
        Assert.True(limit.Enter(One));
        Assert.False(limit.Enter(One));
    }
}
