namespace Rempart.Api.Compute;

/// <summary>What the guest of a move sees of its machine, and what the target's must be like: it can't change while the guest runs.</summary>
public sealed record MigrationMachine
{
    /// <summary>Versioned board, such as <c>pc-q35-7.2</c>.</summary>
    public required string Board { get; init; }

    /// <summary><c>kvm</c> or <c>tcg</c>.</summary>
    public required string Accelerator { get; init; }

    /// <summary>Memory in KiB as the guest sees it; a little more than the machine's own with some versions of QEMU.</summary>
    public required long MemoryKibibytes { get; init; }

    /// <summary>Processors.</summary>
    public required int Cpus { get; init; }

    /// <summary>Slots of the board, each for one card; absent in what an older agent says, whose machines have 24.</summary>
    public int? Slots { get; init; }

    /// <summary>Disks and network cards in the order of their slots, a line each; at most 32.</summary>
    public required IReadOnlyList<string> Devices { get; init; }
}
