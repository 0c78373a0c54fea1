using Rempart.ApiServer.Registry;

namespace Rempart.ApiServer.Tests.Registry;

public sealed class RevisionSignalTests
{
    [Fact]
    public async Task Who_gives_up_is_not_kept()
    {
        using var signal = new RevisionSignal();
        using var patience = new CancellationTokenSource();
        var waits = Enumerable.Range(1, 1000).Select(i => signal.WaitForAsync(long.MaxValue - i, patience.Token)).ToList();
        var other = signal.WaitForAsync(5, TestContext.Current.CancellationToken);
        Assert.Equal(1001, signal.Waiting);
        await patience.CancelAsync();
        foreach (var wait in waits) await Assert.ThrowsAnyAsync<OperationCanceledException>(() => wait);
        Assert.Equal(1, signal.Waiting);
        signal.Advance(5);
        await other;
        Assert.Equal(0, signal.Waiting);
    }
}
