using Rempart.Node.Workloads;

namespace Rempart.Node.Tests.Workloads;

public sealed class WorkloadPartsTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_was_done_is_undone_in_reverse_order_unless_it_was_committed()
    {
        List<int> undone = [];
        await using (var stack = new UndoStack())
        {
            stack.Add(() => undone.Add(1));
            stack.Add(() => undone.Add(2));
        }
        Assert.Equal([2, 1], undone);
        await using (var stack = new UndoStack())
        {
            stack.Add(() => undone.Add(3));
            stack.Commit();
        }
        Assert.Equal([2, 1], undone);
    }

    [Fact]
    public async Task A_step_that_fails_does_not_keep_the_others_from_being_undone()
    {
        List<int> undone = [];
        var stack = new UndoStack();
        stack.Add(() => undone.Add(1));
        stack.Add(() => throw new InvalidOperationException("no"));
        await Assert.ThrowsAsync<AggregateException>(async () => await stack.DisposeAsync());
        Assert.Equal([1], undone);
    }

    [Fact]
    public async Task A_change_is_told_once_until_it_was_taken()
    {
        var feed = new ChangeFeed();
        for (var times = 0; times < 1000; times++) feed.Add("a");
        feed.Add("b");
        Assert.Equal("a", await feed.ReadAsync(Cancellation));
        feed.Add("a");
        Assert.Equal("b", await feed.ReadAsync(Cancellation));
        Assert.Equal("a", await feed.ReadAsync(Cancellation));
        Assert.False(feed.TryRead(out _));
    }

    [Fact]
    public async Task One_key_is_entered_by_one_and_another_key_does_not_wait()
    {
        var gate = new KeyedGate();
        var first = await gate.EnterAsync("a", Cancellation);
        var second = gate.EnterAsync("a", Cancellation);
        using (await gate.EnterAsync("b", Cancellation)) Assert.False(second.IsCompleted);
        using var impatient = new CancellationTokenSource();
        var third = gate.EnterAsync("a", impatient.Token);
        await impatient.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => third);
        first.Dispose();
        first.Dispose();
        using (await second)
        {
            Assert.False(gate.EnterAsync("a", Cancellation).IsCompleted);
        }
    }

    [Fact]
    public async Task A_command_of_the_host_gives_what_it_said_within_its_time()
    {
        var fine = await HostCommand.RunAsync("/bin/sh", ["-c", "echo out; echo err >&2; exit 3"], null, TimeSpan.FromSeconds(20), TimeProvider.System, Cancellation);
        Assert.Equal((3, "out\n", "err\n"), (fine.ExitCode, fine.Output, fine.Errors));
        var loud = await HostCommand.RunAsync("/bin/sh", ["-c", "head -c 5000000 /dev/zero"], null, TimeSpan.FromSeconds(20), TimeProvider.System, Cancellation);
        Assert.Equal(4 << 20, loud.Output.Length);
        Assert.Equal("fed", await HostCommand.OutputAsync("/bin/cat", [], "fed", TimeSpan.FromSeconds(20), TimeProvider.System, Cancellation));
        var full = await Assert.ThrowsAsync<WorkloadException>(() => HostCommand.OutputAsync("/bin/sh", ["-c", "exec <&-; echo no >&2; exit 1"], new string('x', 1 << 20), TimeSpan.FromSeconds(20), TimeProvider.System, Cancellation));
        Assert.EndsWith("failed with code 1: no", full.Message, StringComparison.Ordinal);
        var late = await Assert.ThrowsAsync<WorkloadException>(() => HostCommand.RunAsync("/bin/sleep", ["1000"], null, TimeSpan.FromMilliseconds(100), TimeProvider.System, Cancellation));
        Assert.Contains("was killed", late.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<WorkloadException>(() => HostCommand.RunAsync("/nowhere", [], null, TimeSpan.FromSeconds(1), TimeProvider.System, Cancellation));
    }
}
