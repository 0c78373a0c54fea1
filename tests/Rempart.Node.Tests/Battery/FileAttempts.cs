namespace Rempart.Node.Tests.Battery;

/// <summary>Files of the host, and of the jail where it must not write.</summary>
internal static class FileAttempts
{
    private const string Files = "files of the host";
    private const string Writes = "writing where it may only read";
    private const string Proc = "/proc and /sys";
    private const string Devices = "devices";
    private const string Root = "root of its own";
    private const string ReadOnly = "read-only mount";
    private const string NoDevices = "/dev of its own";
    private const int Here = -100; // AT_FDCWD
    private const int ReadWrite = 2;
    private const int WriteOnly = 1;
    private const int CreateNew = 0xC1; // O_WRONLY | O_CREAT | O_EXCL
    private const int Unnamed = 0x410002; // O_TMPFILE | O_RDWR

    internal static IEnumerable<Attempt> All() =>
    [
        Read("/etc/passwd", _ => "/etc/passwd"),
        Read("/etc/shadow", _ => "/etc/shadow"),
        Read("/root", _ => "/root"),
        Read("/home", _ => "/home"),
        Read("/etc/passwd by as many ..", _ => "../../../../../../../../../../../../etc/passwd"),
        Read("/lib/../../etc/passwd, through the jail's own link", _ => "/lib/../../etc/passwd"),
        Read("/proc/self/root/etc/passwd", _ => "/proc/self/root/etc/passwd"),
        Read("/etc/passwd by /proc/self/cwd", _ => "/proc/self/cwd/../../../../../../../../../../../../etc/passwd"),
        Read("/proc/thread-self/root/etc/passwd", _ => "/proc/thread-self/root/etc/passwd"),
        Read("another machine's root through /proc", targets => $"/proc/{targets.NeighborPid}/root"),
        Read("another machine's memory through /proc", targets => $"/proc/{targets.NeighborPid}/mem"),
        Read("another machine's descriptors through /proc", targets => $"/proc/{targets.NeighborPid}/fd/0"),
        Read("another machine's folder", targets => targets.NeighborFolder),
        Read("another machine's console log", targets => targets.NeighborFolder + "/logs/console.log"),
        Read("another machine's bundle", targets => targets.NeighborFolder + "/bundle/config.json"),
        Read("another machine's volume", targets => targets.Volume),
        Read("the agent's key", targets => targets.Secret),
        Open(Files, "write another machine's volume", Root, targets => targets.Volume, ReadWrite),
        new(Files, "name_to_handle_at /", "nothing: the kernel allows it to all", script => script.Call("name_to_handle_at", Here, "/", script.Words(128, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0), script.Room(8), 0)),
        new(Files, "open_by_handle_at", "no capability", script => script.Call("open_by_handle_at", Here, script.Words(8 | (1UL << 32), 2), 0)),
        new(Files, "chdir /", "nothing: the kernel allows it to all", script => script.Call("chdir", "/")),

        Open(Writes, "make a file", ReadOnly, targets => targets.Place + "/made", CreateNew),
        Open(Writes, "make a nameless file", ReadOnly, targets => targets.Place + "/", Unnamed),
        Open(Writes, "write its own program", ReadOnly, targets => targets.PlaceFile, ReadWrite),
        Open(Writes, "a nameless file in /tmp", Root, _ => "/tmp", Unnamed),
        Open(Writes, "a nameless file in /dev/shm", NoDevices, _ => "/dev/shm", Unnamed),
        Open(Writes, "a nameless file in /run", Root, _ => "/run", Unnamed),
        new(Writes, "mkdir", ReadOnly, script => script.Call("mkdir", script.Targets.Place + "/folder", 448)),
        new(Writes, "symlink", ReadOnly, script => script.Call("symlink", "/etc", script.Targets.Place + "/link")),
        new(Writes, "link", ReadOnly, script => script.Call("link", script.Targets.PlaceFile, script.Targets.Place + "/hard")),
        new(Writes, "linkat of its disk's descriptor", "no capability", script => script.Call("linkat", Here, $"/proc/self/fd/{script.Targets.OwnFile}", Here, script.Targets.Place + "/disk", 0x400)),
        new(Writes, "rename", ReadOnly, script => script.Call("rename", script.Targets.PlaceFile, script.Targets.PlaceFile)),
        new(Writes, "truncate", ReadOnly, script => script.Call("truncate", script.Targets.PlaceFile, 1)),
        new(Writes, "chmod", ReadOnly, script => script.Call("chmod", script.Targets.PlaceFile, 511)),
        new(Writes, "chown", ReadOnly, script => script.Call("chown", script.Targets.PlaceFile, 0, 0)),
        new(Writes, "utimensat", ReadOnly, script => script.Call("utimensat", Here, script.Targets.PlaceFile, 0, 0)),
        new(Writes, "setxattr", ReadOnly, script => script.Call("setxattr", script.Targets.PlaceFile, "user.battery", "x", 1, 0)),
        new(Writes, "unlink", ReadOnly, script => script.Call("unlink", script.Targets.PlaceFile)),

        Open(Proc, "/proc/sys/kernel/core_pattern", "processes only in /proc", _ => "/proc/sys/kernel/core_pattern", WriteOnly),
        Open(Proc, "/proc/sys/kernel/hostname", "processes only in /proc", _ => "/proc/sys/kernel/hostname", WriteOnly),
        Open(Proc, "/proc/sysrq-trigger", "processes only in /proc", _ => "/proc/sysrq-trigger", WriteOnly) with { Outside = "ENOENT" },
        Open(Proc, "/proc/kcore", "processes only in /proc", _ => "/proc/kcore", 0) with { Outside = "ENOENT" },
        Open(Proc, "/proc/kallsyms", "processes only in /proc", _ => "/proc/kallsyms", 0),
        Open(Proc, "/proc/keys", "processes only in /proc", _ => "/proc/keys", 0),
        Open(Proc, "/proc/net/tcp", "processes only in /proc", _ => "/proc/net/dev", 0),
        Open(Proc, "/proc/self/oom_score_adj", ReadOnly, _ => "/proc/self/oom_score_adj", WriteOnly),
        Open(Proc, "/proc/self/uid_map", ReadOnly, _ => "/proc/self/uid_map", WriteOnly),
        Open(Proc, "/proc/self/setgroups", ReadOnly, _ => "/proc/self/setgroups", WriteOnly),
        Open(Proc, "/proc/self/attr/current", ReadOnly, _ => "/proc/self/attr/current", WriteOnly),
        Open(Proc, "/proc/self/mem, to write where it may not", ReadOnly, _ => "/proc/self/mem", ReadWrite),
        Open(Proc, "/sys/kernel", Root, _ => "/sys/kernel", 0),
        Open(Proc, "/sys/fs/cgroup", Root, _ => "/sys/fs/cgroup", 0),

        .. new[] { "/dev/mem", "/dev/kmsg", "/dev/net/tun", "/dev/ptmx", "/dev/fuse", "/dev/loop-control", "/dev/zero", "/dev/tty" }.Select(device => Open(Devices, $"open {device}", NoDevices, _ => device, ReadWrite)),
        Open(Devices, "open /dev/kvm in a machine without it", ReadOnly, _ => "/dev/kvm", ReadWrite),
        new(Devices, "mknod of a disk", "no capability", script => script.Call("mknod", script.Targets.Place + "/sda", 0x61B0, 0x800)),
        new(Devices, "mknod of /dev/mem", "no capability", script => script.Call("mknod", script.Targets.Place + "/mem", 0x21B0, 0x101)),
    ];

    private static Attempt Read(string name, Func<BatteryTargets, string> path) => Open(Files, $"read {name}", Root, path, 0);

    private static Attempt Open(string group, string name, string behind, Func<BatteryTargets, string> path, int flags) =>
        new(group, flags == 0 || group is Files or Devices || name.Contains(' ', StringComparison.Ordinal) ? name : $"write {name}", behind, script => script.Call("openat", Here, path(script.Targets), flags, 0x180));
}
