namespace Rempart.Node.Workloads;

/// <summary>What is true of a workload on this host at one moment.</summary>
/// <param name="Uid">of the API object.</param>
/// <param name="Phase">where it is in its life.</param>
internal sealed record WorkloadState(string Uid, WorkloadPhase Phase)
{
    /// <summary>Host pid of the workload's first process while it runs.</summary>
    public int? Pid { get; init; }

    /// <summary>The host user id that this workload alone runs as.</summary>
    public uint? HostUid { get; init; }

    /// <summary>True while the guest holds the ready channel open (see docs/design/jail.md); a guest that reboots is not ready until it says so again.</summary>
    public bool GuestReady { get; init; }

    /// <summary>True while it is held because a disk of its could not be written for lack of room.</summary>
    public bool LacksRoom { get; init; }

    public DateTimeOffset? StartedAt { get; init; }

    public DateTimeOffset? FinishedAt { get; init; }

    /// <summary>When a running workload whose stop was asked for will be killed.</summary>
    public DateTimeOffset? StopDeadline { get; init; }

    /// <summary>How the last run ended.</summary>
    public WorkloadExit? Exit { get; init; }

    /// <summary>How often this workload was started on this host, the current run included.</summary>
    public int Starts { get; init; }

    /// <summary>`kvm` or `tcg` for a machine; null for other workloads.</summary>
    public string? Accelerator { get; init; }

    public bool IsRunning => Phase is WorkloadPhase.Running or WorkloadPhase.Paused or WorkloadPhase.Stopping;
}
