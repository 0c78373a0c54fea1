using System.Globalization;
using Rempart.Node.Machines;
using Rempart.Node.Workloads;
using static Rempart.Node.Tests.Machines.JailHost;

namespace Rempart.Node.Tests.Machines;

/// <summary>A guest that prints without end.</summary>
[Trait("level", "real")]
public sealed class MachineFloodTests
{
    private const long Bound = 128 * 1024;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_guest_that_floods_its_console_takes_a_bounded_log_bounded_memory_and_nothing_of_its_neighbor()
    {
        await using var host = new JailHost();
        await using var driver = new MachineDriver(host.Settings with { MaxLogBytes = Bound }, host.Jails, TimeProvider.System);
        var (flood, neighbor) = (NewUid(), NewUid());
        await ReadyMachineAsync(driver, flood, Cancellation);
        await ReadyMachineAsync(driver, neighbor, Cancellation);
        var folder = new WorkloadFolder(host.Settings, flood);
        var conmon = int.Parse(await File.ReadAllTextAsync(folder.ConmonPid, Cancellation), CultureInfo.InvariantCulture);
        var (before, conmonBefore) = (GC.GetTotalMemory(forceFullCollection: true), Resident(conmon));

        // When it prints for ever, with one viewer who never reads and one who does
        await using var neverRead = await driver.OpenConsoleAsync(flood, Cancellation);
        await using var viewer = await driver.OpenConsoleAsync(flood, Cancellation);
        await viewer.WriteAsync("while :; do seq 100000 200000; done\n"u8.ToArray(), Cancellation);
        var (begun, longest, buffer, bytes) = (0, 0L, new byte[64 * 1024], 0L);
        for (var last = 0L; begun < 4;)
        {
            bytes += await viewer.ReadAsync(buffer, Cancellation);
            var length = File.Exists(folder.ConsoleLog) ? new FileInfo(folder.ConsoleLog).Length : 0;
            if (length < last) begun++;
            (last, longest) = (length, Math.Max(longest, length));
        }

        // Then its log was begun anew again and again at its bound, and neither agent nor conmon holds what was printed
        Assert.InRange(longest, Bound / 2, 2 * Bound);
        Assert.True(Directory.EnumerateFiles(folder.Logs).Sum(file => new FileInfo(file).Length) <= 3 * Bound, "old logs stay behind");
        Assert.True(bytes > Bound / 8, $"only {bytes} bytes were seen");
        Assert.InRange(GC.GetTotalMemory(forceFullCollection: true) - before, long.MinValue, 8 << 20);
        Assert.InRange(Resident(conmon) - conmonBefore, long.MinValue, 8 << 20);
        Assert.InRange((await driver.ReadLogAsync(flood, 64 * 1024, Cancellation)).Length, 1, 64 * 1024);

        // And its neighbor is served, and it obeys when it is ended itself
        Assert.Contains("still 2", await TypeAsync(driver, neighbor, "echo still $((1+1))", "still 2", Cancellation), StringComparison.Ordinal);
        Assert.Equal(WorkloadPhase.Running, (await driver.InspectAsync(flood, Cancellation)).Phase);
        Assert.Equal(WorkloadPhase.Stopped, (await driver.KillAsync(flood, Cancellation)).Phase);
        Assert.Equal(WorkloadPhase.Running, (await driver.InspectAsync(neighbor, Cancellation)).Phase);
        foreach (var uid in await driver.ListAsync(Cancellation)) await driver.DeleteAsync(uid, Cancellation);
    }

    private static long Resident(int pid) => long.Parse(
        File.ReadLines($"/proc/{pid}/status").First(line => line.StartsWith("VmRSS:", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) * 1024;
}
