namespace Rempart.Node.Tests.Battery;

/// <summary>What only a fetcher can try: with the descriptors that it was handed, and against other fetches.</summary>
internal static class FetcherAttempts
{
    internal const int Body = 3;
    internal const int Heads = 4;
    internal const int Broker = 5;
    internal const int Authorities = 6;
    internal const int Headers = 7;

    /// <summary>Longest file that the fetch may bring, in bytes.</summary>
    internal const int Most = 1 << 20;

    private const int BeyondThem = 8;
    private const int WorkingFolder = -100; // AT_FDCWD
    private const string Own = "its own descriptors";
    private const string OtherFetches = "other fetches";
    private const string FileSize = "limit of its files' size";
    private const string Sealed = "sealed";
    private const string PlaceOnly = "a place only (O_PATH)";
    private const string Root = "root of its own";
    private const string PidNamespace = "pid namespace";
    private const string Granted = "granted: it leads to its broker alone";
    private static readonly string[] GrantedNames = ["unix stream", "unix datagram", "socketpair"];

    /// <summary>Attempts that machines have too, in a fetcher's words.</summary>
    internal static IReadOnlyList<Attempt> Here(IReadOnlyList<Attempt> attempts) =>
    [
        .. attempts.Select(attempt => attempt with { Name = attempt.Name.Replace("its disk", "its file", StringComparison.Ordinal).Replace(" in a machine without it", "", StringComparison.Ordinal) })
            .Select(attempt => GrantedNames.Contains(attempt.Name, StringComparer.Ordinal) ? attempt with { IsGranted = true, Behind = Granted } : attempt),
    ];

    internal static IEnumerable<Attempt> Descriptors() =>
    [
        new(Own, "a descriptor beyond the five that it was handed", "the runtime passes no others", script => script.Call("fcntl", BeyondThem, 1, 0)),
        new(Own, "grow its file to 1 TiB (ftruncate)", FileSize, script => script.Call("ftruncate", Body, 1L << 40)),
        new(Own, "write behind the end that its file may have", FileSize, script => script.Call("pwrite64", Body, "x", 1, Most)),
        new(Own, "fill the pool by its file (fallocate)", FileSize, script => script.Call("fallocate", Body, 0, 0, 2 * Most)),
        new(Own, "write behind that end in the file of heads", FileSize, script => script.Call("pwrite64", Heads, "x", 1, Most)),
        new(Own, "a folder beside its file", "no folder among its descriptors", script => script.Call("openat", Body, "..", 0, 0)),
        new(Own, "own its file (fchown)", "no capability", script => script.Call("fchown", Body, 0, 0)),
        new(Own, "make its file a program (fchmod)", "no capability", script => script.Call("fchmod", Body, 0x1FF)),
        new(Own, "give its file attributes (fsetxattr)", "nothing: the kernel allows it to all", script => script.Call("fsetxattr", Body, "user.battery", "x", 1, 0)),
        new(Own, "write the certificate authorities", Sealed, script => script.Call("pwrite64", Authorities, "x", 1, 0)),
        new(Own, "shorten the certificate authorities", Sealed, script => script.Call("ftruncate", Authorities, 0)),
        new(Own, "map the certificate authorities shared and writable", Sealed, script => script.Call("mmap", 0, 4096, 3, 1, Authorities, 0)),
        new(Own, "write the headers of its request", Sealed, script => script.Call("pwrite64", Headers, "x", 1, 0)),
        new(Own, "read its broker's place", PlaceOnly, script => script.Call("read", Broker, script.Room(8), 8)),
        new(Own, "a folder beside its broker's socket", "no folder among its descriptors", script => script.Call("openat", Broker, "..", 0, 0)),
        new(Own, "make its broker's socket its own (fchmodat)", "no capability", script => script.Call("fchmodat", WorkingFolder, $"/proc/self/fd/{Broker}", 0x1C0)),
        new(Own, "bind a socket in its broker's place", "the place is taken", script => script.Call("bind", script.Call("socket", 1, 1, 0), BrokerAttempts.Place(script, out var size), size)),
    ];

    internal static IEnumerable<Attempt> Others() =>
    [
        new(OtherFetches, "read what another fetch has", Root, script => script.Call("openat", WorkingFolder, Other(script).File, 0, 0)),
        new(OtherFetches, "write what another fetch has", Root, script => script.Call("openat", WorkingFolder, Other(script).File, 2, 0)),
        new(OtherFetches, "its descriptor through /proc", Root, script => script.Call("openat", WorkingFolder, $"/proc/{Other(script).Pid}/fd/{Body}", 2, 0)),
        new(OtherFetches, "its root through /proc", Root, script => script.Call("openat", WorkingFolder, $"/proc/{Other(script).Pid}/root", 0, 0)),
        new(OtherFetches, "the other's broker", Root, script => script.Call("connect", script.Call("socket", 1, 1, 0), SocketAttempts.Address(Other(script).Socket, script, out var size), size)),
        new(OtherFetches, "kill it, of the same user id", PidNamespace, script => script.Call("kill", Other(script).Pid, 0)),
        new(OtherFetches, "ptrace it", PidNamespace, script => script.Call("ptrace", 0x4206, Other(script).Pid, 0, 0)),
        new(OtherFetches, "process_vm_readv of it", PidNamespace, script => script.Call("process_vm_readv", Other(script).Pid, script.Words(script.Room(16), 16), 1, script.Words(0x400000, 16), 1, 0)),
        new(OtherFetches, "prlimit64 of it", PidNamespace, script => script.Call("prlimit64", Other(script).Pid, 7, 0, script.Room(16))),
        new(OtherFetches, "setns to its network namespace", PidNamespace, script => script.Call("setns", script.Call("openat", WorkingFolder, $"/proc/{Other(script).Pid}/ns/net", 0), 0)),
    ];

    private static OtherFetch Other(AttemptScript script) => script.Targets.Other ?? new OtherFetch(0, "", "");
}
