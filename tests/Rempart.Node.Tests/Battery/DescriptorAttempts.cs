namespace Rempart.Node.Tests.Battery;

/// <summary>More from the descriptors that a machine was handed than they were handed for.</summary>
internal static class DescriptorAttempts
{
    private const string Group = "its own descriptors";
    private const string Opened = "how the agent opened it";
    private const string FileSize = "limit of its files' size";
    private const string Mode = "file's mode";
    private const string Nothing = "nothing: the kernel allows it to all";
    private const int ReadWrite = 2;

    internal static IEnumerable<Attempt> All() =>
    [
        new(Group, "write the image below its disk", Opened, script => script.Call("pwrite64", BatteryTargets.Image, "x", 1, 0)),
        new(Group, "open the image again, to write", Mode, script => Again(script, BatteryTargets.Image)),
        new(Group, "truncate the image", Opened, script => script.Call("ftruncate", BatteryTargets.Image, 0)),
        new(Group, "map the image shared and writable", Opened, script => script.Call("mmap", 0, 4096, 3, 1, BatteryTargets.Image, 0)),
        new(Group, "make the image writable (fchmod)", "no capability", script => script.Call("fchmod", BatteryTargets.Image, 0x1B6)),
        new(Group, "own the image (fchown)", "no capability", script => script.Call("fchown", BatteryTargets.Image, 0, 0)),
        new(Group, "write its kernel", Opened, script => script.Call("pwrite64", BatteryTargets.Kernel, "x", 1, 0)),
        new(Group, "open its kernel again, to write", Mode, script => Again(script, BatteryTargets.Kernel)),
        new(Group, "write its initramfs", Opened, script => script.Call("pwrite64", BatteryTargets.Initrd, "x", 1, 0)),
        new(Group, "grow its disk to 1 TiB (ftruncate)", FileSize, script => script.Call("ftruncate", BatteryTargets.Disk, 1L << 40)),
        new(Group, "write behind the end that its disk may have", FileSize, script => script.Call("pwrite64", BatteryTargets.Disk, "x", 1, 1 << 20)),
        new(Group, "fill the pool by its disk (fallocate)", FileSize, script => script.Call("fallocate", BatteryTargets.Disk, 0, 0, 2 << 20)),
        new(Group, "a folder beside its disk", "no folder among its descriptors", script => script.Call("openat", BatteryTargets.Disk, "..", 0, 0)),
        new(Group, "share its disk's blocks (FICLONE)", Nothing, script => script.Call("ioctl", BatteryTargets.Disk, 0x40049409, BatteryTargets.Image)),
        new(Group, "give its disk attributes (fsetxattr)", "no capability", script => script.Call("fsetxattr", BatteryTargets.Disk, "user.battery", "x", 1, 0)),
        new(Group, "keep its tap for ever (TUNSETPERSIST)", Nothing, script => script.Call("ioctl", BatteryTargets.Tap, 0x400454cb, 0)),
        new(Group, "give its tap to another id (TUNSETOWNER)", Nothing, script => script.Call("ioctl", BatteryTargets.Tap, 0x400454cc, 0)),
        new(Group, "attach to another tap (TUNSETIFF)", "tap is attached already", script => script.Call("ioctl", BatteryTargets.Tap, 0x400454ca, script.Bytes([.. "rempartother"u8, 0, 0, 0, 0, 2, 0x10, .. new byte[24]]))),
        new(Group, "change its tap's hardware address (SIOCSIFHWADDR)", "no capability", script => script.Call("ioctl", BatteryTargets.Tap, 0x8924, script.Room(40))),
        new(Group, "type on its terminal (TIOCSTI)", "no terminal", script => script.Call("ioctl", 1, 0x5412, "x")),
        new(Group, "type on a console (TIOCLINUX)", "no terminal", script => script.Call("ioctl", 1, 0x541C, script.Bytes(2))),
        new(Group, "take a terminal (TIOCSCTTY)", "no terminal", script => script.Call("ioctl", 1, 0x540E, 1)),
    ];

    private static void Again(AttemptScript script, int descriptor) => script.Call("openat", -100, $"/proc/self/fd/{descriptor}", ReadWrite, 0);
}
