namespace Rempart.Node.Workloads;

/// <summary>Why a workload no longer runs, derived from recorded facts only (see docs/design/jail.md, "How a machine ended").</summary>
internal enum ExitReason
{
    /// <summary>A stop was asked for and the guest obeyed.</summary>
    Stopped,

    /// <summary>A stop or kill was asked for and the process was killed.</summary>
    Killed,

    /// <summary>The guest powered itself off.</summary>
    GuestShutdown,

    /// <summary>The guest's kernel panicked and said so through pvpanic.</summary>
    GuestPanic,

    /// <summary>The kernel killed it for exceeding its jail's memory limit.</summary>
    OOMKilled,

    /// <summary>The host restarted while it ran.</summary>
    HostRestart,

    /// <summary>Its process ended and nobody here asked for it (killed from outside, a crash, a refused configuration).</summary>
    Error,
}
