namespace Rempart.Node.Agent;

/// <summary>What the agent must remember of a machine beyond what the driver records; kept on disk, so that a restarted agent decides the same.</summary>
internal sealed record MachineNotes
{
    /// <summary>The operation being carried out, or the last one.</summary>
    public string? OperationId { get; init; }

    /// <summary>How often the machine had been started when that operation was first seen.</summary>
    public int OperationStarts { get; init; }

    /// <summary>The run whose end was seen while the machine should not run: wanting it to run again starts it whatever its end was.</summary>
    public int AcknowledgedStarts { get; init; }

    /// <summary>The last run whose end was counted.</summary>
    public int CountedStarts { get; init; }

    /// <summary>Runs in a row that ended soon.</summary>
    public int ShortRuns { get; init; }

    /// <summary>Starts that the restart policy brought about.</summary>
    public int Restarts { get; init; }

    /// <summary>The machine's own grace period when it was last looked at, for a host that goes down while no server answers; null for the default.</summary>
    public int? StopGraceSeconds { get; init; }

    /// <summary>Uids of the interfaces that were plugged for the machine.</summary>
    public IReadOnlyList<string> Ports { get; init; } = [];

    /// <summary>Uids of the volumes that its last run was given.</summary>
    public IReadOnlyList<string> Volumes { get; init; } = [];
}
