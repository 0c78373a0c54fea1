using Rempart.Protocols.Oci;

namespace Rempart.Node.Jail;

/// <summary>The OCI bundle of a jail. Pure: the same record gives the same bytes; nothing in a record can loosen it.</summary>
internal static class JailBundle
{
    private const uint Period = 100_000;

    /// <summary>The allow-list of system calls, an embedded file so that it reads as data.</summary>
    internal static OciSeccomp Seccomp { get; } = ReadSeccomp();

    /// <summary>What a program needs to reach a socket handed to it: of the families AF_UNIX, and connect.</summary>
    internal static OciSeccomp Connecting { get; } = Seccomp with
    {
        Syscalls =
        [
            .. Seccomp.Syscalls,
            new OciSyscallRule { Names = ["socket", "socketpair"], Action = "SCMP_ACT_ALLOW", Args = [new OciSyscallArgument(0, 1, "SCMP_CMP_EQ")] },
            new OciSyscallRule { Names = ["connect"], Action = "SCMP_ACT_ALLOW" },
        ],
    };

    internal static OciSpec Create(JailRecord jail) => new()
    {
        Process = new OciProcess
        {
            // The only id of the namespace. It is nobody on the host, and without capabilities nobody here either.
            User = new OciUser(0, 0),
            Args = jail.Command,
            Rlimits =
            [
                new OciRlimit("RLIMIT_CORE", 0, 0),
                new OciRlimit("RLIMIT_NOFILE", 4096, 4096),
                new OciRlimit("RLIMIT_FSIZE", (ulong)jail.MostFileBytes, (ulong)jail.MostFileBytes),
                new OciRlimit("RLIMIT_NPROC", (ulong)jail.Tasks, (ulong)jail.Tasks),
                new OciRlimit("RLIMIT_MSGQUEUE", 0, 0),
            ],
        },
        Root = new OciRoot(jail.RootPath, Readonly: true),
        Hostname = "machine",
        Mounts = Mounts(jail),
        Linux = new OciLinux
        {
            UidMappings = [new OciIdMapping(0, jail.HostUid, 1)],
            GidMappings = [new OciIdMapping(0, jail.HostUid, 1)],
            Namespaces = [new("user"), new("pid"), new("network"), new("ipc"), new("uts"), new("mount"), new("cgroup")],
            CgroupsPath = jail.CgroupPath,
            Resources = new OciResources
            {
                Devices = Devices(jail),
                Memory = new OciMemory(jail.MemoryBytes, jail.LimitSwap ? jail.MemoryBytes : null),
                Cpu = new OciCpu((ulong)jail.CpuHundredths * 1024 / 100, jail.CpuHundredths * (long)Period / 100, Period),
                Pids = new OciPids(jail.Tasks),
            },
            // With `subset=pid` none of these exists; they are named for a kernel that ignores the option.
            MaskedPaths = ["/proc/acpi", "/proc/asound", "/proc/kcore", "/proc/keys", "/proc/latency_stats", "/proc/sched_debug", "/proc/scsi", "/proc/sysrq-trigger", "/proc/timer_list", "/proc/timer_stats"],
            ReadonlyPaths = ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys"],
            Seccomp = jail.Connects ? Connecting : Seccomp,
        },
    };

    private static List<OciMount> Mounts(JailRecord jail)
    {
        List<OciMount> mounts =
        [
            // Processes only: QEMU opens its kernel through /proc/self/fd, and needs nothing else of it.
            new("/proc", "proc", "proc", ["nosuid", "noexec", "nodev", "ro", "hidepid=2", "subset=pid"]),
            // A bind, since runc fills any other /dev with devices.
            new("/dev", "bind", Path.Combine(jail.RootPath, "dev"), ["bind", "ro", "nosuid", "noexec", "nodev"]),
            // QEMU tries file locks on it, and without it silently takes none on any disk.
            new("/dev/null", "bind", "/dev/null", ["bind", "nosuid", "noexec"]),
        ];
        if (jail.KvmDevice is { } kvm) mounts.Add(new OciMount("/dev/kvm", "bind", kvm, ["bind", "nosuid", "noexec"]));
        return mounts;
    }

    private static List<OciDeviceRule> Devices(JailRecord jail)
    {
        List<OciDeviceRule> rules = [new(Allow: false, "rwm"), new(Allow: true, "rw", "c", 1, 3)];
        if (jail.KvmDevice is not null) rules.Add(new OciDeviceRule(Allow: true, "rw", "c", 10, 232));
        return rules;
    }

    private static OciSeccomp ReadSeccomp()
    {
        using var stream = typeof(JailBundle).Assembly.GetManifestResourceStream("qemu.seccomp.json")!;
        using var copy = new MemoryStream();
        stream.CopyTo(copy);
        return OciSeccomp.Parse(copy.ToArray());
    }
}
