using System.Buffers.Binary;
using Rempart.Linux;
using Rempart.Node.Jail;
using Rempart.Node.Tests.Machines;
using Rempart.Node.Workloads;
using Rempart.Protocols.Conmon;
using Rempart.Protocols.Oci;

namespace Rempart.Node.Tests.Jail;

/// <summary>Another program in QEMU's place, in the same bundle: what it asks of the kernel is refused, and without the filter it is not.</summary>
[Trait("level", "real")]
public sealed class SystemCallTests
{
    private const long NotPermitted = -1; // EPERM
    private const long NotImplemented = -38; // ENOSYS

    private static readonly (string Name, ulong[] Call, long Refusal)[] Calls =
    [
        ("unshare(CLONE_NEWUSER)", [272, 0x10000000], NotPermitted),
        ("socket(AF_INET)", [41, 2, 1], NotPermitted),
        ("socket(AF_UNIX)", [41, 1, 1], NotPermitted),
        ("ptrace(PTRACE_TRACEME)", [101, 0], NotPermitted),
        ("memfd_create", [319, SystemCallProgram.Somewhere, 0], NotPermitted),
        ("io_uring_setup", [425, 0, SystemCallProgram.Somewhere], NotPermitted),
        ("kill(self)", [62, 1, 0], NotPermitted),
        ("chdir", [80, 0], NotPermitted),
        ("setuid(0)", [105, 0], NotPermitted),
        ("personality", [135, 0xffffffff], NotPermitted),
        ("process_vm_readv(self)", [310, 1, 0, 0], NotPermitted),
        ("add_key", [248, 0, 0], NotPermitted),
        ("unlink", [87, 0], NotPermitted),
        ("prlimit64 with a new limit", [302, 0, 7, SystemCallProgram.Somewhere], NotPermitted),
        ("ioctl(TIOCSTI)", [16, 0, 0x5412, SystemCallProgram.Somewhere], NotPermitted),
        ("clone3", [435, 0, 0], NotImplemented),
    ];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_the_filter_does_not_name_is_refused_and_would_not_be_without_it()
    {
        var filtered = await RunAsync(JailBundle.Create);
        var unfiltered = await RunAsync(record => JailBundle.Create(record) is var spec ? spec with { Linux = spec.Linux with { Seccomp = null } } : null!);

        Assert.All(Calls.Zip(filtered), pair => Assert.True(pair.First.Refusal == pair.Second, $"{pair.First.Name} gave {pair.Second}"));
        Assert.All(Calls.Zip(unfiltered), pair => Assert.True(pair.First.Refusal != pair.Second, $"{pair.First.Name} is refused without the filter too, so it shows nothing"));
    }

    private static async Task<long[]> RunAsync(Func<JailRecord, OciSpec> bundle)
    {
        await using var host = new JailHost();
        var root = Path.Combine(host.Settings.DataFolder, "root");
        foreach (var folder in new[] { "", "/dev", "/proc" }) Directory.CreateDirectory(root + folder, (UnixFileMode)0b111_101_101);
        await File.WriteAllBytesAsync(root + "/dev/null", [], Cancellation);
        await File.WriteAllBytesAsync(root + "/program", SystemCallProgram.Build([.. Calls.Select(call => call.Call)]), Cancellation);
        File.SetUnixFileMode(root + "/program", (UnixFileMode)0b101_101_101);
        var folderOf = new WorkloadFolder(host.Settings, JailHost.NewUid());
        Directory.CreateDirectory(folderOf.Path, (UnixFileMode)0b111_001_001);
        folderOf.Prepare();
        var spec = bundle(new JailRecord
        {
            CgroupPath = $"{host.Settings.CgroupParent}/{folderOf.Uid}",
            RootPath = root,
            HostUid = host.Settings.FirstUid,
            Command = ["/program"],
            MemoryBytes = 64 << 20,
            LimitSwap = Cgroups.Detect().CountsSwap,
            CpuHundredths = 100,
            Tasks = 16,
        });
        DurableFile.Write(folderOf.Configuration, spec.ToJson(), UnixFileMode.UserRead | UnixFileMode.UserWrite);
        using var runtime = new OciRuntime(host.Settings, TimeProvider.System);
        try
        {
            await runtime.CreateAsync(folderOf, [], Cancellation);
            await runtime.StartAsync(folderOf.Uid, Cancellation);
            var exit = await runtime.ExitAsync(folderOf, Cancellation);
            var output = ConmonLog.Tail(folderOf.ConsoleLog, ConmonStream.Stdout, 4096);
            Assert.True(exit is { Code: 0 } && output.Length == Calls.Length * 8, $"the program ended with {exit?.Code} after {output.Length} bytes");
            return [.. output.Chunk(8).Select(bytes => BinaryPrimitives.ReadInt64LittleEndian(bytes))];
        }
        finally
        {
            await runtime.DeleteAsync(folderOf, CancellationToken.None);
        }
    }
}
