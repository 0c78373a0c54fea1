using Rempart.ApiServer.Watch;

namespace Rempart.ApiServer.Tests.Watch;

public sealed class EventWindowTests
{
    [Fact]
    public void A_revision_before_the_kept_changes_is_not_served()
    {
        var window = new EventWindow();
        window.Reset(10);
        for (var revision = 11; revision <= 5000; revision++) window.Add(new CacheEvent(null, null, revision));

        Assert.Null(window.After(10));
        Assert.NotNull(window.After(window.Oldest));
        Assert.Equal([4999L, 5000L], window.After(4998)!.Select(e => e.Revision));
        Assert.Empty(window.After(5000)!);
    }
}
