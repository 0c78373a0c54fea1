using Rempart.Node.Tests.Machines;
using Rempart.Node.Workloads;

namespace Rempart.Node.Tests.Battery;

/// <summary>
/// A machine whose QEMU was taken over: a program of ours runs in QEMU's place, started by the agent's driver with all that a machine
/// gets, and tries one thing after another. docs/security/jail.md holds what came of it.
/// </summary>
// One after the other: what runs outside the jail shares the host.
[Collection("battery")]
[Trait("level", "real")]
public sealed class JailBatteryTests
{
    private const string End = "#end";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Everything_that_a_taken_over_QEMU_tries_is_refused_and_its_neighbor_does_not_notice()
    {
        await using var battery = new BatteryHost();
        var targets = await battery.PrepareAsync();
        var uid = JailHost.NewUid();

        var (driver, state) = await battery.StartAsync(Program(targets, AttemptSet.OfMachine.Write), uid);
        Assert.Equal(WorkloadPhase.Running, state.Phase);
        var results = AttemptSet.OfMachine.Read(await BatteryHost.LogAsync(driver, uid, End));

        var through = results.Where(result => result.Succeeded).Select(result => result.Attempt.Name);
        Assert.True(!through.Any(), $"not refused: {string.Join("; ", through)}");
        // Nothing inherited that nobody handed over, and nothing opened on the way but the name of its own network namespace.
        var descriptors = Directory.EnumerateFileSystemEntries($"/proc/{state.Pid}/fd").Where(path => !new FileInfo(path).LinkTarget!.StartsWith("net:[", StringComparison.Ordinal));
        Assert.Equal(["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"], descriptors.Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.True(await battery.NeighborLivesAsync());
        Assert.Equal(BatteryTable.Comparable(BatteryTable.OfMachine.Committed), BatteryTable.Comparable(BatteryTable.OfMachine.Write(results)));
    }

    [Fact]
    public async Task Without_the_filter_other_walls_hold_what_the_table_says_they_hold()
    {
        await using var battery = new BatteryHost();
        var targets = await battery.PrepareAsync();
        var uid = JailHost.NewUid();

        var (driver, _) = await battery.StartAsync(Program(targets, AttemptSet.OfMachine.WriteApart), uid, filter: false);
        var results = AttemptSet.OfMachine.Read(await BatteryHost.LogAsync(driver, uid, End));

        var wrong = results.Where(result => result.Succeeded && !BatteryTable.HasOnlyFilter(result.Attempt)).Select(result => $"{result.Attempt.Name}: nothing behind the filter");
        var vain = results.Where(result => !result.Succeeded && result.Word is "EPERM" && BatteryTable.HasOnlyFilter(result.Attempt)).Select(result => $"{result.Attempt.Name}: {result.Word}, refused without the filter too");
        Assert.True(!wrong.Any() && !vain.Any(), string.Join("\n", [.. wrong, .. vain]));
        Assert.True(await battery.NeighborLivesAsync());
    }

    [Fact]
    public async Task Outside_the_jail_none_of_it_is_refused_so_each_attempt_can_fail()
    {
        await using var battery = new BatteryHost();
        var targets = await battery.PrepareAsync();
        List<string> refused = [];

        for (var index = 0; index < AttemptSet.OfMachine.All.Count; index++)
        {
            var output = await battery.RunOutsideAsync((program, outside) => AttemptSet.OfMachine.WriteOne(program, outside, index), targets);
            var result = AttemptSet.OfMachine.Read(output)[index];
            var missing = result.IsMissingHere || result.Word == AttemptSet.OfMachine.All[index].Outside || (AttemptSet.OfMachine.All[index].Group == "devices" && result.Word is "ENOENT" or "ENXIO" or "ENODEV");
            if (!missing && result.Word is "EPERM" or "EACCES" or "EROFS" or "ENOENT" or "ESRCH") refused.Add($"{AttemptSet.OfMachine.All[index].Name}: {result.Word}");
        }

        Assert.True(refused.Count == 0, string.Join("\n", refused));
        Assert.True(await battery.NeighborLivesAsync());
    }

    private static BatteryProgram Program(BatteryTargets targets, Action<BatteryProgram, BatteryTargets> attempts)
    {
        var program = new BatteryProgram();
        BatteryMonitor.Greet(program);
        BatteryMonitor.Answer(program, 1, BatteryMonitor.StartCommands);
        // A write beyond the limit of a file's size would end it otherwise.
        BatteryMonitor.Call(program, "rt_sigaction", 25, program.Words(1, 0, 0, 0), 0, 8);
        attempts(program, targets);
        program.Call(new BatteryCall(SystemCallNumbers.Of("getpid")) { Label = End, TellSuccess = true });
        BatteryMonitor.Rest(program);
        return program;
    }
}
