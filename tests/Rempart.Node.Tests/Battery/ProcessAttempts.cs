namespace Rempart.Node.Tests.Battery;

/// <summary>Other processes: of the host, of other machines.</summary>
internal static class ProcessAttempts
{
    private const string Group = "other processes";
    private const string PidNamespace = "pid namespace";
    private const string Nothing = "nothing: the kernel allows it to all";

    internal static IEnumerable<Attempt> All() =>
    [
        Other("kill another machine", script => script.Call("kill", script.Targets.NeighborPid, 0)),
        Other("tkill another machine", script => script.Call("tkill", script.Targets.NeighborPid, 0)),
        Other("tgkill another machine", script => script.Call("tgkill", script.Targets.NeighborPid, script.Targets.NeighborPid, 0)),
        Other("rt_sigqueueinfo to another machine", script => script.Call("rt_sigqueueinfo", script.Targets.NeighborPid, 0, script.Words(0, 0xffffffff, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0))),
        Other("aim a descriptor's signals at another machine (F_SETOWN)", script => script.Call("fcntl", script.Targets.OwnStream, 8, script.Targets.NeighborPid)),
        Other("ptrace another machine", script => script.Call("ptrace", 0x4206, script.Targets.NeighborPid, 0, 0)),
        new(Group, "be traced by its parent", Nothing, script => script.Call("ptrace", 0, 0, 0, 0)),
        Other("process_vm_readv of another machine", script => script.Call("process_vm_readv", script.Targets.NeighborPid, script.Words(script.Room(16), 16), 1, script.Words(0x1000, 16), 1, 0)),
        Other("process_vm_writev of another machine", script => script.Call("process_vm_writev", script.Targets.NeighborPid, script.Words(script.Room(16), 16), 1, script.Words(0x1000, 16), 1, 0)),
        Other("pidfd_open of another machine", script => script.Call("pidfd_open", script.Targets.NeighborPid, 0)),
        Other("pidfd_getfd from another machine", script => script.Call("pidfd_getfd", script.Call("pidfd_open", script.Targets.NeighborPid, 0), 0, 0)),
        new(Group, "pidfd_getfd from itself", Nothing, script => script.Call("pidfd_getfd", BatteryTargets.Monitor, 0, 0)),
        Other("pidfd_send_signal to another machine", script => script.Call("pidfd_send_signal", script.Call("pidfd_open", script.Targets.NeighborPid, 0), 0, 0, 0)),
        Other("kcmp with another machine", script => script.Call("kcmp", script.Targets.NeighborPid, script.Targets.NeighborPid, 0, 0, 0)),
        Other("move_pages of another machine", script => script.Call("move_pages", script.Targets.NeighborPid, 0, 0, 0, 0, 0)),
        Other("sched_setaffinity of another machine", script => script.Call("sched_setaffinity", script.Targets.NeighborPid, 8, script.Words(ulong.MaxValue))),
        Other("sched_getaffinity of another machine", script => script.Call("sched_getaffinity", script.Targets.NeighborPid, 8, script.Room(8))),
        Other("sched_setscheduler of another machine", script => script.Call("sched_setscheduler", script.Targets.NeighborPid, 0, script.Words(0))),
        Other("setpriority of another machine", script => script.Call("setpriority", 0, script.Targets.NeighborPid, 0)),
        Other("ioprio_set of another machine", script => script.Call("ioprio_set", 1, script.Targets.NeighborPid, 0)),
        Other("prlimit64 of another machine", script => script.Call("prlimit64", script.Targets.NeighborPid, 7, 0, script.Room(16))),
        Other("get_robust_list of another machine", script => script.Call("get_robust_list", script.Targets.NeighborPid, script.Room(8), script.Room(8))),
        new(Group, "fork", Nothing, script => script.Fork(17)),
        new(Group, "a process that shares its memory (vfork)", Nothing, script => script.Fork(17 | 0x4000)),
        new(Group, "System V shared memory", Nothing, script => script.Call("shmget", 0, 4096, 0x380)),
        new(Group, "System V message queue", Nothing, script => script.Call("msgget", 0, 0x380)),
        new(Group, "POSIX message queue", "limit of its size", script => script.Call("mq_open", "battery", 0x42, 0x180, 0)),
    ];

    private static Attempt Other(string name, Action<AttemptScript> script) => new(Group, name, PidNamespace, script);
}
