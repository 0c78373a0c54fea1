namespace Rempart.Node.Workloads;

/// <summary>
/// What a driver can do besides whose workloads can be held. Whether one is held is read from what runs, never from a record, so a
/// restarted agent sees it too. A workload that does not run, or is on its way down, is left alone: the state returned says what it is.
/// </summary>
internal interface IWorkloadPause
{
    /// <summary>Holds the workload's processors; its memory, disks and connections stay. Holding a held one does nothing.</summary>
    Task<WorkloadState> PauseAsync(string uid, CancellationToken cancellationToken);

    /// <summary>Lets a held workload go on where it was.</summary>
    Task<WorkloadState> ResumeAsync(string uid, CancellationToken cancellationToken);
}
