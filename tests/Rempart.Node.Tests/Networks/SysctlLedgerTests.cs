using Rempart.Linux;
using Rempart.Node.Networks;

namespace Rempart.Node.Tests.Networks;

[Trait("level", "real")]
public sealed class SysctlLedgerTests : IDisposable
{
    private const string Key = "net.ipv4.ip_forward";
    private readonly string _folder = Directory.CreateTempSubdirectory("rempart-ledger-").FullName;
    private readonly string _namespace = $"ledger-{Guid.NewGuid():N}"[..15];

    public SysctlLedgerTests() => Run("ip", "netns", "add", _namespace);

    [Fact]
    public void The_first_records_and_the_last_restores()
    {
        InNamespace(async () =>
        {
            var ledger = new SysctlLedger(_folder);
            await File.WriteAllTextAsync("/proc/sys/net/ipv4/ip_forward", "0");

            Assert.Equal(0, await ledger.HoldAsync(Key, 1, "one", CancellationToken.None));
            Assert.Equal(0, await ledger.HoldAsync(Key, 1, "two", CancellationToken.None));
            Assert.Equal(0, await ledger.HoldAsync(Key, 1, "two", CancellationToken.None));
            await ledger.ReleaseAsync("one", CancellationToken.None);
            Assert.Equal("1", await NowAsync());
            await ledger.ReleaseAsync("two", CancellationToken.None);
            await ledger.ReleaseAsync("two", CancellationToken.None);
            Assert.Equal("0", await NowAsync());
        });
    }

    [Fact]
    public void What_was_so_before_is_left_alone()
    {
        InNamespace(async () =>
        {
            var ledger = new SysctlLedger(_folder);
            await File.WriteAllTextAsync("/proc/sys/net/ipv4/ip_forward", "1");

            Assert.Equal(1, await ledger.HoldAsync(Key, 1, "one", CancellationToken.None));
            await ledger.ReleaseAsync("one", CancellationToken.None);

            Assert.Equal("1", await NowAsync());
        });
    }

    public void Dispose()
    {
        Run("ip", "netns", "delete", _namespace);
        Directory.Delete(_folder, recursive: true);
    }

    private static async Task<string> NowAsync() => (await File.ReadAllTextAsync("/proc/sys/net/ipv4/ip_forward")).Trim();

    /// <summary>File reads and writes without a real wait stay on the thread that is in the namespace.</summary>
    private void InNamespace(Func<Task> story)
    {
        using var handle = NetworkNamespace.Open($"/run/netns/{_namespace}");
        NetworkNamespace.Run(handle, () =>
        {
            using var context = new OneThread();
            context.Run(story);
            return 0;
        });
    }

    private static void Run(params string[] command)
    {
        using var process = System.Diagnostics.Process.Start(command[0], command.Skip(1));
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
    }
}
