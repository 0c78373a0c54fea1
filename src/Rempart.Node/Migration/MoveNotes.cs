namespace Rempart.Node.Migration;

/// <summary>What the agent must remember of a move: as long as it does, nobody but the move touches the machine on this host.</summary>
internal sealed record MoveNotes
{
    public required string MigrationUid { get; init; }

    public required string Namespace { get; init; }

    /// <summary>Of the move.</summary>
    public required string Name { get; init; }

    public required string MachineUid { get; init; }

    /// <summary>Name of the machine.</summary>
    public required string Machine { get; init; }

    public required MoveRole Role { get; init; }

    /// <summary>Of the machine before the move.</summary>
    public required long RunGeneration { get; init; }

    public MoveStage Stage { get; init; }

    /// <summary>Until QEMU has read them.</summary>
    public MoveKeys? Keys { get; init; }

    /// <summary>Of a move of disks alone: which go where. Null for one to another host.</summary>
    public IReadOnlyList<PoolDisk>? Disks { get; init; }

    /// <summary>Target: where it listens.</summary>
    public int? MemoryPort { get; init; }

    /// <summary>Target: where it listens for disks.</summary>
    public int? DiskPort { get; init; }
}
