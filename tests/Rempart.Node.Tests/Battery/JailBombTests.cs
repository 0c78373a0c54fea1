using System.Globalization;
using Rempart.Node.Machines;
using Rempart.Node.Tests.Machines;
using Rempart.Node.Workloads;

namespace Rempart.Node.Tests.Battery;

/// <summary>A taken-over QEMU that takes all it can get: it stays within its own limits, and the machine beside it lives on.</summary>
[Trait("level", "real")]
public sealed class JailBombTests
{
    private const string End = "#end";
    private const ulong Thread = 0x10F00; // CLONE_VM, FS, FILES, SIGHAND, THREAD

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Processes_without_end_are_refused_from_the_first_on()
    {
        await using var battery = new BatteryHost();
        await battery.PrepareAsync();
        var uid = JailHost.NewUid();

        // Each process that there is goes on making more.
        var (driver, _) = await battery.StartAsync(Program(program => Repeat(program, "clone", 4096, 17)), uid);
        await BatteryHost.LogAsync(driver, uid, End);

        Assert.Equal(1, Tasks(battery.Host.Settings, uid));
        Assert.True(await battery.NeighborLivesAsync());
    }

    [Fact]
    public async Task Threads_without_end_stop_at_the_limit_of_tasks()
    {
        await using var battery = new BatteryHost();
        await battery.PrepareAsync();
        var uid = JailHost.NewUid();

        // A thread rests; the first one goes on, to see how many it gets.
        var (driver, _) = await battery.StartAsync(
            Program(program =>
            {
                for (var count = 0; count < 512; count++)
                {
                    var clone = BatteryMonitor.Call(program, "clone", Thread);
                    var first = program.Call(new BatteryCall(BatteryProgram.Add) { Arguments = [BatteryProgram.ResultOf(clone), ulong.MaxValue] });
                    BatteryMonitor.Rest(program);
                    program.Jump(clone, onError: program.Count);
                    program.Jump(first, onSuccess: program.Count);
                }
            }),
            uid);
        await BatteryHost.LogAsync(driver, uid, End);

        Assert.Equal(MachineOverhead.Tasks(1), Tasks(battery.Host.Settings, uid));
        Assert.True(await battery.NeighborLivesAsync());
    }

    [Fact]
    public async Task Memory_without_end_ends_that_machine_alone()
    {
        await using var battery = new BatteryHost();
        await battery.PrepareAsync();
        var uid = JailHost.NewUid();

        // 64 MiB a piece, filled at once: private, anonymous, populated.
        var (driver, _) = await battery.StartAsync(Program(program => Repeat(program, "mmap", 1024, 0, 64 << 20, 3, 0x8022, ulong.MaxValue, 0)), uid);
        var ended = await JailHost.StoppedAsync(driver, uid, Cancellation);

        Assert.Equal(ExitReason.OOMKilled, ended.Exit!.Reason);
        Assert.True(await battery.NeighborLivesAsync());
    }

    [Fact]
    public async Task Processors_without_end_are_shared_by_the_limit_of_the_machine()
    {
        await using var battery = new BatteryHost();
        await battery.PrepareAsync();
        var uid = JailHost.NewUid();

        var (driver, _) = await battery.StartAsync(
            Program(program =>
            {
                // Eight threads run in the same circle.
                for (var count = 0; count < 8; count++)
                {
                    var clone = BatteryMonitor.Call(program, "clone", Thread);
                    var first = program.Call(new BatteryCall(BatteryProgram.Add) { Arguments = [BatteryProgram.ResultOf(clone), ulong.MaxValue] });
                    var circle = BatteryMonitor.Call(program, "sched_yield");
                    program.Jump(circle, onSuccess: circle);
                    program.Jump(first, onSuccess: program.Count);
                }
            }),
            uid);
        await BatteryHost.LogAsync(driver, uid, End);

        // A host that is busy otherwise gives it less than its limit for a while.
        for (var look = 0; look < 600 && Throttled(battery.Host.Settings, uid) == 0; look++) await Task.Delay(TimeSpan.FromSeconds(1), TimeProvider.System, Cancellation);
        Assert.NotEqual(0, Throttled(battery.Host.Settings, uid));
        Assert.True(await battery.NeighborLivesAsync());
    }

    [Fact]
    public async Task A_console_flooded_without_end_fills_its_log_to_the_bound_and_no_further()
    {
        await using var battery = new BatteryHost();
        await battery.PrepareAsync();
        var uid = JailHost.NewUid();
        var line = new string('x', 4095) + "\n";

        // A viewer that never reads is there as well; 64 MiB against a bound of 16.
        var (driver, _) = await battery.StartAsync(Program(program =>
        {
            var text = program.Text(line);
            for (var count = 0; count < 16 * 1024; count++) BatteryMonitor.Call(program, "write", 1, text, 4096);
        }), uid);
        await using var viewer = await driver.OpenConsoleAsync(uid, Cancellation);
        await BatteryHost.LogAsync(driver, uid, End);

        var log = new FileInfo(new WorkloadFolder(battery.Host.Settings, uid).ConsoleLog);
        Assert.InRange(log.Length, 1, battery.Host.Settings.MaxLogBytes + 8192);
        Assert.True(await battery.NeighborLivesAsync());
    }

    private static BatteryProgram Program(Action<BatteryProgram> bomb)
    {
        var program = new BatteryProgram();
        BatteryMonitor.Greet(program);
        BatteryMonitor.Answer(program, 1, BatteryMonitor.StartCommands);
        bomb(program);
        program.Call(new BatteryCall(SystemCallNumbers.Of("getpid")) { Label = End, TellSuccess = true });
        BatteryMonitor.Rest(program);
        return program;
    }

    private static void Repeat(BatteryProgram program, string call, int times, params ulong[] arguments)
    {
        for (var count = 0; count < times; count++) BatteryMonitor.Call(program, call, arguments);
    }

    private static int Tasks(WorkloadSettings settings, string uid) =>
        int.Parse(File.ReadAllText(Control(settings, uid, "pids", "pids.current")), CultureInfo.InvariantCulture);

    private static long Throttled(WorkloadSettings settings, string uid) =>
        long.Parse(File.ReadLines(Control(settings, uid, "cpu", "cpu.stat")).First(line => line.StartsWith("nr_throttled ", StringComparison.Ordinal)).Split(' ')[1], CultureInfo.InvariantCulture);

    private static string Control(WorkloadSettings settings, string uid, string controller, string file)
    {
        var cgroups = Cgroups.Detect();
        return Path.Combine(cgroups.Root, cgroups.Unified ? "" : controller, settings.CgroupParent.TrimStart('/'), uid, file);
    }
}
