namespace Rempart.Node.Workloads;

/// <summary>Where a workload is in its life on this host.</summary>
internal enum WorkloadPhase
{
    /// <summary>No record on this host.</summary>
    Absent,

    /// <summary>A launch was begun and did not finish (the agent died in between); starting it again is safe.</summary>
    Incomplete,

    /// <summary>Its process waits for a guest that still runs on another host, or holds it until it belongs here; nothing of it runs.</summary>
    Arriving,

    Running,

    /// <summary>Its process is there, its processors are held: it hears nothing until it is resumed.</summary>
    Paused,

    /// <summary>Runs, a stop was asked for, its deadline is ahead.</summary>
    Stopping,

    /// <summary>Ended; <see cref="WorkloadState.Exit"/> says how. The record and its log stay until deletion.</summary>
    Stopped,
}
