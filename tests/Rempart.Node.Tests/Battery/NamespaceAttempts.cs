namespace Rempart.Node.Tests.Battery;

/// <summary>Mounts, namespaces, privileges.</summary>
internal static class NamespaceAttempts
{
    private const string Mounts = "mounts";
    private const string Namespaces = "namespaces";
    private const string Privileges = "privileges";
    private const string NoCapability = "no capability";
    private const string OneId = "one id in its user namespace";
    private const ulong Child = 17; // SIGCHLD

    private static readonly (string Name, ulong Flag, string File)[] Kinds =
    [
        ("user", 0x10000000, "user"), ("pid", 0x20000000, "pid"), ("network", 0x40000000, "net"), ("ipc", 0x08000000, "ipc"),
        ("uts", 0x04000000, "uts"), ("mount", 0x00020000, "mnt"), ("cgroup", 0x02000000, "cgroup"),
    ];

    internal static IEnumerable<Attempt> All() =>
    [
        new(Mounts, "mount a tmpfs", NoCapability, script => script.Call("mount", "none", "/proc", "tmpfs", 0, 0)),
        new(Mounts, "mount /proc anew", NoCapability, script => script.Call("mount", "proc", "/proc", "proc", 0, 0)),
        new(Mounts, "bind / over /dev", NoCapability, script => script.Call("mount", "/", "/dev", 0, 0x5000, 0)),
        new(Mounts, "remount / writable", NoCapability, script => script.Call("mount", 0, "/", 0, 0x1020, 0)),
        new(Mounts, "umount /proc", NoCapability, script => script.Call("umount2", "/proc", 2)),
        new(Mounts, "pivot_root", NoCapability, script => script.Call("pivot_root", "/proc", "/proc")),
        new(Mounts, "chroot", NoCapability, script => script.Call("chroot", "/")),
        new(Mounts, "open_tree with a copy", NoCapability, script => script.Call("open_tree", -100, "/", 1)),
        new(Mounts, "fsopen", NoCapability, script => script.Call("fsopen", "tmpfs", 0)),
        new(Mounts, "fspick", NoCapability, script => script.Call("fspick", -100, "/", 0)),
        new(Mounts, "mount_setattr", NoCapability, script => script.Call("mount_setattr", -100, "/", 0, script.Words(0, 1, 0, 0), 32)),
        new(Mounts, "move_mount", NoCapability, script => script.Call("move_mount", -100, "/proc", -100, "/proc", 0)),

        .. Kinds.Select(kind => new Attempt(Namespaces, $"unshare a {kind.Name} namespace", kind.File == "user" ? "nothing: the kernel allows it to all" : NoCapability, script => script.Call("unshare", kind.Flag))),
        .. Kinds.Select(kind => new Attempt(Namespaces, $"clone into a {kind.Name} namespace", kind.File == "user" ? "nothing: the kernel allows it to all" : NoCapability, script => script.Fork(kind.Flag | Child))),
        new(Namespaces, "setns, even to its own", NoCapability, script => script.Call("setns", script.Call("openat", -100, "/proc/self/ns/net", 0), 0)),
        .. Kinds.Select(kind => new Attempt(Namespaces, $"setns to another machine's {kind.Name} namespace", "pid namespace", script => script.Call("setns", script.Call("openat", -100, $"/proc/{script.Targets.NeighborPid}/ns/{kind.File}", 0), 0))),
        new(Namespaces, "clone3", "nothing: the kernel allows it to all", script => script.Call("clone3", 0, 0)),
        new(Namespaces, "sethostname", NoCapability, script => script.Call("sethostname", "owned", 5)),
        new(Namespaces, "setdomainname", NoCapability, script => script.Call("setdomainname", "owned", 5)),

        new(Privileges, "setuid", OneId, script => script.Call("setuid", 1)),
        new(Privileges, "setgid", OneId, script => script.Call("setgid", 1)),
        new(Privileges, "setresuid", OneId, script => script.Call("setresuid", 1, 1, 1)),
        new(Privileges, "setgroups", OneId, script => script.Call("setgroups", 1, script.Words(4))),
        new(Privileges, "capset", NoCapability, script => script.Call("capset", script.Words(0x20080522), script.Words(0x80UL | (0x80UL << 32), 0, 0))),
        new(Privileges, "prctl(PR_CAPBSET_DROP)", NoCapability, script => script.Call("prctl", 24, 21, 0, 0, 0)),
        new(Privileges, "prctl(PR_SET_SECUREBITS)", NoCapability, script => script.Call("prctl", 28, 0, 0, 0, 0)),
        new(Privileges, "personality", "nothing: the kernel allows it to all", script => script.Call("personality", 0xffffffff)),
        new(Privileges, "raise a limit", NoCapability, script => script.Call("prlimit64", 0, 7, script.Words(8192, 8192), 0)),
        new(Privileges, "lower a limit (setrlimit)", "nothing: the kernel allows it to all", script => script.Call("setrlimit", 7, script.Words(4000, 4096))),
        new(Privileges, "execve /bin/sh", "root of its own", script => script.Call("execve", "/bin/sh", script.Words(script.Program.Text("sh"), script.Program.Text("-c"), script.Program.Text("exit 0"), 0), script.Words(0))),
        new(Privileges, "execve its disk", "file's mode", script => script.Call("execve", $"/proc/self/fd/{script.Targets.OwnFile}", script.Words(script.Program.Text("disk"), 0), script.Words(0))),
        new(Privileges, "execveat its disk", "file's mode", script => script.Call("execveat", script.Targets.OwnFile, "", script.Words(script.Program.Text("disk"), 0), script.Words(0), 0x1000)),
        new(Privileges, "memfd_create, to fill and execute", "nothing: the kernel allows it to all", script => script.Call("memfd_create", "m", 0)),
        new(Privileges, "memfd_secret", "nothing: the kernel allows it to all", script => script.Call("memfd_secret", 0)),
    ];
}
