namespace Rempart.Node.Tests.Battery;

/// <summary>The kernel's own ground: keys, modules, clocks, rarely used and often broken calls.</summary>
internal static class KernelAttempts
{
    private const string Group = "the kernel";
    private const string Capability = "no capability";
    private const string Nothing = "nothing: the kernel allows it to all";

    internal static IEnumerable<Attempt> All() =>
    [
        New("keyctl", Nothing, script => script.Call("keyctl", 0, -3, 0, 0, 0)),
        New("add_key", Nothing, script => script.Call("add_key", "user", "rempart-battery", "x", 1, -2)),
        New("request_key", Nothing, script => script.Call("request_key", "user", "rempart-battery-none", 0, 0)),
        New("io_uring_setup", Nothing, script => script.Call("io_uring_setup", 4, script.Room(120))),
        New("bpf, a program", Capability, script => script.Call("bpf", 5, script.Room(128), 128)),
        New("bpf, a map", Capability, script => script.Call("bpf", 0, script.Words(2 | (4UL << 32), 4 | (1UL << 32), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0), 72)),
        New("perf_event_open of the whole host", Capability, script => script.Call("perf_event_open", script.Words(1 | (112UL << 32), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0), -1, 0, -1, 0)),
        New("userfaultfd", Capability, script => script.Call("userfaultfd", 0)),
        New("kexec_load", Capability, script => script.Call("kexec_load", 0, 1000, 0, 0)),
        New("kexec_file_load", Capability, script => script.Call("kexec_file_load", -1, -1, 0, 0, 0)),
        New("init_module", Capability, script => script.Call("init_module", 0, 0, "")),
        New("finit_module", Capability, script => script.Call("finit_module", -1, "", 0)),
        New("delete_module", Capability, script => script.Call("delete_module", "rempart_battery_none", 0x800)) with { Outside = "ENOENT" },
        New("reboot", Capability, script => script.Call("reboot", 0, 0, 0, 0)),
        New("swapon", Capability, script => script.Call("swapon", "/rempart-battery-none", 0)) with { Outside = "ENOENT" },
        New("swapoff", Capability, script => script.Call("swapoff", "/rempart-battery-none")) with { Outside = "ENOENT" },
        New("clock_settime", Capability, script => script.Call("clock_settime", 0, script.Words(ulong.MaxValue, ulong.MaxValue))),
        New("settimeofday", Capability, script => script.Call("settimeofday", 0, script.Room(8))),
        New("adjtimex", Nothing, script => script.Call("adjtimex", script.Room(208))),
        New("iopl", Capability, script => script.Call("iopl", 3)),
        New("ioperm", Capability, script => script.Call("ioperm", 0x80, 1, 1)),
        New("quotactl", Capability, script => script.Call("quotactl", 0x80000200, "/rempart-battery-none", 0, 0)) with { Outside = "ENOENT" },
        New("acct", Capability, script => script.Call("acct", "/rempart-battery-none")) with { Outside = "ENOENT" },
        New("syslog, the kernel's messages", Capability, script => script.Call("syslog", 3, script.Room(64), 64)),
        New("vhangup", Capability, script => script.Call("vhangup")),
        New("modify_ldt", Nothing, script => script.Call("modify_ldt", 0, script.Room(16), 16)),
        New("fanotify_init", Capability, script => script.Call("fanotify_init", 0, 0)),
        New("inotify_init1", Nothing, script => script.Call("inotify_init1", 0)),
        New("landlock_create_ruleset", Nothing, script => script.Call("landlock_create_ruleset", 0, 0, 1)),
        New("mlockall", Nothing, script => script.Call("mlockall", 1)),
        New("splice", Nothing, script => script.Call("splice", -1, 0, -1, 0, 1, 0)),
        New("vmsplice", Nothing, script => script.Call("vmsplice", 1, script.Words(script.Room(16), 0), 1, 0)),
        New("io_setup", Nothing, script => script.Call("io_setup", 1, script.Words(0))),
        New("timer_create", Nothing, script => script.Call("timer_create", 1, 0, script.Room(8))),
        New("sync of every file system", Nothing, script => script.Call("syncfs", 0)),
        New("set_mempolicy", Nothing, script => script.Call("set_mempolicy", 0, 0, 0)),
    ];

    private static Attempt New(string name, string behind, Action<AttemptScript> script) => new(Group, name, behind, script);
}
