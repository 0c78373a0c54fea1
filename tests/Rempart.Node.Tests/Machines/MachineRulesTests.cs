using Microsoft.Win32.SafeHandles;
using Rempart.Node.Jail;
using Rempart.Node.Machines;

namespace Rempart.Node.Tests.Machines;

public sealed class MachineRulesTests
{
    private static readonly JailRoot Jail = new("digest", "/jail", 7, 2);

    private static SafeFileHandle Nothing => new();

    private static MachineLaunch Fine => new()
    {
        Uid = "7d4c9a52-0000-4000-8000-000000000001",
        Name = "team-a/web",
        MemoryBytes = 512L << 20,
        Vcpus = 2,
        Boot = new MachineBoot.Kernel(Nothing, Nothing, "console=ttyS0"),
        Disks = [Disk("root", "root", new DiskLayer(Nothing, DiskFormat.Qcow2, false), new DiskLayer(Nothing, DiskFormat.Raw, true))],
        Nics = [new MachineNic("nic0", "52:54:00:00:00:01", Nothing, false)],
    };

    public static TheoryData<string, string> Faults => new()
    {
        { "uid", "../../etc" },
        { "name", "a/b,id=x" },
        { "memory", "0 bytes" },
        { "huge memory", "not a multiple" },
        { "vcpus", "65 vcpus" },
        { "command line", "control character" },
        { "disk name", "`a,b`" },
        { "serial", "serial `a b`" },
        { "writable backing", "writable" },
        { "raw above another", "not qcow2" },
        { "no layers", "0 layers" },
        { "multicast", "`53:54:00:00:00:01`" },
        { "same name", "same name" },
        { "disks", "11 disks" },
    };

    [Fact]
    public void A_fine_launch_has_no_errors() => Assert.Empty(MachineRules.Check(Fine));

    [Theory]
    [MemberData(nameof(Faults))]
    public void A_fault_is_named(string fault, string words) => Assert.Contains(words, Assert.Single(MachineRules.Check(Broken(fault))), StringComparison.Ordinal);

    [Fact]
    public void Every_fault_is_named_at_once() =>
        Assert.Equal(2, MachineRules.Check(Fine with { Uid = "x", Vcpus = 0 }).Count);

    [Fact]
    public void The_command_line_opens_nothing_but_descriptors()
    {
        var line = QemuCommandLine.Create(Fine, Jail, "/usr/bin/qemu-system-x86_64");
        Assert.Contains("on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny", line);
        Assert.Contains("524296k", line);
        Assert.Equal(["/usr/bin/qemu-system-x86_64", "/proc/self/fd/4", "/proc/self/fd/5"], line.Where(word => word.StartsWith('/')));
        Assert.DoesNotContain(line, word => word.Contains("/dev/", StringComparison.Ordinal));
        Assert.Equal(QemuCommandLine.FirstFreePort + Fine.Disks.Count + Fine.Nics.Count + QemuCommandLine.SparePorts, line.Count(word => word.StartsWith("pcie-root-port", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData(7, "Tcg", 524296)]
    [InlineData(10, "Tcg", 524288)]
    [InlineData(7, "Kvm", 524288)]
    public void Memory_under_an_old_translator_is_no_multiple_of_256_KiB(int major, string accelerator, long kibibytes) =>
        Assert.Equal(kibibytes, QemuCommandLine.MemoryKiB(Fine with { Accelerator = Enum.Parse<Accelerator>(accelerator) }, Jail with { QemuMajor = major }));

    private static MachineDisk Disk(string name, string serial, params DiskLayer[] layers) => new(name, serial, layers);

    private static MachineLaunch Broken(string fault) => fault switch
    {
        "uid" => Fine with { Uid = "../../etc" },
        "name" => Fine with { Name = "a/b,id=x" },
        "memory" => Fine with { MemoryBytes = 0 },
        "huge memory" => Fine with { MemoryBytes = 1L << 50 },
        "vcpus" => Fine with { Vcpus = 65 },
        "command line" => Fine with { Boot = new MachineBoot.Kernel(Nothing, null, "a\nb") },
        "disk name" => Fine with { Disks = [Disk("a,b", "s", new DiskLayer(Nothing, DiskFormat.Raw, false))] },
        "serial" => Fine with { Disks = [Disk("a", "a b", new DiskLayer(Nothing, DiskFormat.Raw, false))] },
        "writable backing" => Fine with { Disks = [Disk("a", "s", new DiskLayer(Nothing, DiskFormat.Qcow2, false), new DiskLayer(Nothing, DiskFormat.Raw, false))] },
        "raw above another" => Fine with { Disks = [Disk("a", "s", new DiskLayer(Nothing, DiskFormat.Raw, false), new DiskLayer(Nothing, DiskFormat.Raw, true))] },
        "no layers" => Fine with { Disks = [Disk("a", "s")] },
        "multicast" => Fine with { Nics = [new MachineNic("n", "53:54:00:00:00:01", Nothing, false)] },
        "same name" => Fine with { Nics = [new MachineNic("root", "52:54:00:00:00:01", Nothing, false)] },
        _ => Fine with { Disks = [.. Enumerable.Range(0, 11).Select(number => Disk($"d{number}", "s", new DiskLayer(Nothing, DiskFormat.Raw, false)))] },
    };
}
