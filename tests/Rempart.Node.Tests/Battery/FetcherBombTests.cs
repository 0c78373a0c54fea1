namespace Rempart.Node.Tests.Battery;

/// <summary>A taken-over fetcher that takes all it can get: it stays within its own limits, and the fetch and the machine beside it go on.</summary>
// One after the other: what runs outside the jail shares the host.
[Collection("battery")]
[Trait("level", "real")]
public sealed class FetcherBombTests
{
    private const ulong Thread = 0x10F00; // CLONE_VM, FS, FILES, SIGHAND, THREAD
    private const int MostOutput = 64 * 1024;
    private const int MostTasks = 128;

    [Fact]
    public async Task Memory_without_end_ends_that_fetch_alone()
    {
        await using var battery = new FetcherBattery();
        await battery.PrepareAsync();
        // 64 MiB a piece, filled at once: private, anonymous, populated.
        var (_, answer) = await battery.RunAsync(Repeat(64, program => BatteryMonitor.Call(program, "mmap", 0, 64 << 20, 3, 0x8022, ulong.MaxValue, 0)));
        Assert.Equal(128 + 9, answer.ExitCode);
        Assert.True(await battery.OthersLiveAsync());
    }

    [Fact]
    public async Task Processes_and_threads_without_end_stop_at_the_limit_of_tasks()
    {
        await using var battery = new FetcherBattery();
        await battery.PrepareAsync();
        var program = new BatteryProgram();
        for (var count = 0; count < 512; count++)
        {
            BatteryMonitor.Call(program, "clone", 17);
            var clone = BatteryMonitor.Call(program, "clone", Thread);
            var first = program.Call(new BatteryCall(BatteryProgram.Add) { Arguments = [BatteryProgram.ResultOf(clone), ulong.MaxValue] });
            BatteryMonitor.Rest(program);
            program.Jump(clone, onError: program.Count);
            program.Jump(first, onSuccess: program.Count);
        }

        BatteryMonitor.Rest(program);
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        var running = battery.RunAsync(program, cancellationToken: enough.Token);
        var most = 0;
        for (var look = 0; look < 300 && most < MostTasks && !running.IsCompleted; look++)
        {
            await Task.Delay(100, TestContext.Current.CancellationToken);
            most = battery.MostTasks();
        }

        Assert.Equal(MostTasks, most);
        await enough.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
        Assert.True(await battery.OthersLiveAsync());
    }

    [Fact]
    public async Task Words_without_end_are_dropped()
    {
        await using var battery = new FetcherBattery();
        await battery.PrepareAsync();
        var program = new BatteryProgram();
        var line = program.Text(new string('x', 4095) + "\n");
        for (var count = 0; count < 16 * 1024; count++) BatteryMonitor.Call(program, "write", 1, line, 4096);
        var (output, answer) = await battery.RunAsync(program);
        Assert.Equal((0, MostOutput), (answer.ExitCode, output.Length));
        Assert.True(await battery.OthersLiveAsync());
    }

    [Fact]
    public async Task Connections_without_end_are_not_served()
    {
        await using var battery = new FetcherBattery();
        await battery.PrepareAsync();
        // Not to wait where nobody accepts any more.
        const ulong nonBlocking = 0x800;
        var (_, answer) = await battery.RunAsync(Repeat(500, program =>
        {
            var socket = BatteryMonitor.Call(program, "socket", 1, 1 | nonBlocking, 0);
            var place = program.Text($"\u0001\0/proc/self/fd/{FetcherAttempts.Broker}");
            var connect = program.Count + 1;
            program.Call(new BatteryCall(BatteryProgram.Copy) { Arguments = [BatteryProgram.ArgumentOf(connect, 0), BatteryProgram.ResultOf(socket)] });
            BatteryMonitor.Call(program, "connect", 0, place, 18);
        }));
        Assert.Equal(0, answer.ExitCode);
        Assert.True(await battery.OthersLiveAsync());
    }

    private static BatteryProgram Repeat(int times, Action<BatteryProgram> bomb)
    {
        var program = new BatteryProgram();
        for (var count = 0; count < times; count++) bomb(program);
        return program;
    }
}
