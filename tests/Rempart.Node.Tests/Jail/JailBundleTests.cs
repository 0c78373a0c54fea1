using System.Text;
using Rempart.Node.Jail;
using Rempart.Protocols.Oci;

namespace Rempart.Node.Tests.Jail;

public sealed class JailBundleTests
{
    private static readonly JailRecord Record = new()
    {
        CgroupPath = "/rempart-a1/7d4c9a52-0000-4000-8000-000000000001",
        RootPath = "/var/lib/rempart/a1/node/jails/d1/root",
        HostUid = 300_001,
        Command = ["/usr/bin/qemu-system-x86_64", "-S"],
        MemoryBytes = 512L << 20,
        LimitSwap = true,
        CpuHundredths = 150,
        MostFileBytes = 1L << 30,
        Tasks = 97,
    };

    [Fact]
    public void The_bundle_of_a_record_is_the_golden_file()
    {
        var folder = Path.Combine(AppContext.BaseDirectory, "Jail");
        var made = Encoding.UTF8.GetString(JailBundle.Create(Record).ToJson());
        // To look at, and to copy over the golden file when the change was meant.
        File.WriteAllText(Path.Combine(folder, "bundle.made.json"), made);
        Assert.Equal(File.ReadAllText(Path.Combine(folder, "bundle.golden.json")), made);
    }

    [Fact]
    public void A_jail_with_kvm_has_that_device_and_no_other_change()
    {
        var plain = JailBundle.Create(Record);
        var kvm = JailBundle.Create(Record with { KvmDevice = "/w/kvm" });
        Assert.Equal(plain.Mounts.Count + 1, kvm.Mounts.Count);
        Assert.Equal("/w/kvm", kvm.Mounts[^1].Source);
        Assert.Equal((10L, 232L), (kvm.Linux.Resources.Devices[^1].Major, kvm.Linux.Resources.Devices[^1].Minor));
        var undone = kvm with
        {
            Mounts = plain.Mounts,
            Linux = kvm.Linux with { Resources = kvm.Linux.Resources with { Devices = plain.Linux.Resources.Devices } },
        };
        Assert.Equal(plain.ToJson(), undone.ToJson());
    }

    [Fact]
    public void A_bundle_survives_reading_back_and_an_unknown_member_does_not()
    {
        var json = JailBundle.Create(Record).ToJson();
        Assert.Equal(json, OciSpec.Parse(json).ToJson());
        var changed = Encoding.UTF8.GetString(json).Replace("\"hostname\"", "\"hostName2\"", StringComparison.Ordinal);
        Assert.Throws<System.Text.Json.JsonException>(() => OciSpec.Parse(Encoding.UTF8.GetBytes(changed)));
    }

    [Fact]
    public void The_filter_names_no_call_that_opens_a_way_out()
    {
        var allowed = JailBundle.Seccomp.Syscalls.Where(rule => rule.Action == "SCMP_ACT_ALLOW" && rule.Args is null).SelectMany(rule => rule.Names).ToHashSet(StringComparer.Ordinal);
        Assert.Equal("SCMP_ACT_ERRNO", JailBundle.Seccomp.DefaultAction);
        Assert.Empty(allowed.Intersect(["clone", "clone3", "fork", "vfork", "unshare", "setns", "mount", "umount2", "pivot_root", "chroot", "ptrace", "socket", "socketpair", "connect", "bind",
            "bpf", "perf_event_open", "userfaultfd", "io_uring_setup", "keyctl", "add_key", "init_module", "kexec_load", "open_by_handle_at", "process_vm_writev", "setuid", "setgid", "capset", "ioctl", "prlimit64"], StringComparer.Ordinal));
    }

    [Fact]
    public void Libraries_are_read_from_ldd_and_a_missing_one_is_an_error()
    {
        const string output = "\tlinux-vdso.so.1 (0x00007ffd)\n\tlibz.so.1 => /lib/x86_64-linux-gnu/libz.so.1 (0x00007f)\n\t/lib64/ld-linux-x86-64.so.2 (0x00007f)\n";
        Assert.Equal(["/lib/x86_64-linux-gnu/libz.so.1", "/lib64/ld-linux-x86-64.so.2"], LibraryClosure.Parse(output));
        Assert.Contains("libq.so", Assert.Throws<FormatException>(() => LibraryClosure.Parse("\tlibq.so => not found\n")).Message, StringComparison.Ordinal);
        Assert.Empty(LibraryClosure.Parse("\tstatically linked\n"));
    }

    [Fact]
    public void The_digest_of_a_root_changes_with_any_name_mode_or_content()
    {
        JailFile[] files = [new("/a", "/a", Executable: true), new("/b", "/b", Executable: false)];
        (string, string)[] links = [("/lib", "usr/lib")];
        var hashes = new Dictionary<string, string>(StringComparer.Ordinal) { ["/a"] = "1", ["/b"] = "2" };
        var digest = JailRoots.Digest(files, links, hashes);
        Assert.Equal(digest, JailRoots.Digest([.. files.Reverse()], links, hashes));
        Assert.NotEqual(digest, JailRoots.Digest([files[0], files[1] with { Executable = true }], links, hashes));
        Assert.NotEqual(digest, JailRoots.Digest(files, [], hashes));
        Assert.NotEqual(digest, JailRoots.Digest(files, links, new Dictionary<string, string>(StringComparer.Ordinal) { ["/a"] = "1", ["/b"] = "3" }));
    }
}
