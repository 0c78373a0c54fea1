using Rempart.Runtime.Queues;
using Rempart.Testing.Time;

namespace Rempart.Runtime.Tests.Queues;

public sealed class WorkQueueTests
{
    private static readonly ResourceKey A = new("ns", "a");
    private static readonly ResourceKey B = new("ns", "b");

    private readonly ManualTime _time = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_key_added_twice_is_taken_once()
    {
        using var queue = new WorkQueue(_time);
        queue.Add(A);
        queue.Add(A);
        queue.Add(B);
        Assert.Equal(A, await queue.TakeAsync(Stop));
        Assert.Equal(B, await queue.TakeAsync(Stop));
        Assert.Equal(0, queue.Count);
    }

    [Fact]
    public async Task A_key_added_while_a_worker_has_it_comes_again_when_the_worker_is_done()
    {
        using var queue = new WorkQueue(_time);
        queue.Add(A);
        var key = await queue.TakeAsync(Stop);
        queue.Add(A);
        Assert.Equal(0, queue.Count);
        queue.Done(key);
        Assert.Equal(A, await queue.TakeAsync(Stop));
    }

    [Fact]
    public void A_key_that_waits_for_a_time_comes_at_the_nearest()
    {
        using var queue = new WorkQueue(_time);
        queue.AddAfter(A, TimeSpan.FromSeconds(10));
        queue.AddAfter(A, TimeSpan.FromSeconds(3));
        queue.AddAfter(A, TimeSpan.FromSeconds(20));
        _time.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(0, queue.Count);
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(1, queue.Count);
    }

    [Fact]
    public void Failures_wait_twice_as_long_each_time_and_success_begins_anew()
    {
        using var queue = new WorkQueue(_time);
        int[] expected = [50, 100, 200, 400];
        foreach (var milliseconds in expected)
        {
            Assert.Equal(milliseconds, FailOnce(queue));
        }
        for (var i = 0; i < 40; i++) FailOnce(queue);
        Assert.Equal(120_000, FailOnce(queue));
        queue.Forget(A);
        Assert.Equal(50, FailOnce(queue));
    }

    // How long the key waits after one more failure, in steps of 10 ms.
    private int FailOnce(WorkQueue queue)
    {
        queue.AddAfterFailure(A);
        var waited = 0;
        while (queue.Count == 0)
        {
            _time.Advance(TimeSpan.FromMilliseconds(10));
            waited += 10;
        }
        var taken = queue.TakeAsync(Stop);
        Assert.True(taken.IsCompletedSuccessfully);
        queue.Done(A);
        return waited;
    }
}
