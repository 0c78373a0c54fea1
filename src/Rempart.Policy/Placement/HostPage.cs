namespace Rempart.Policy.Placement;

/// <summary>Room of 64 hosts, side by side so that several are reckoned at once. Copied before it is changed once a snapshot has it.</summary>
internal sealed class HostPage
{
    /// <summary>Hosts of a page: as many as bits of a word.</summary>
    public const int Size = 64;

    public long[] Memory { get; init; } = new long[Size];

    public long[] Cpu { get; init; } = new long[Size];

    public float[] PerMemory { get; init; } = new float[Size];

    public float[] PerCpu { get; init; } = new float[Size];

    /// <summary><see cref="Memory"/> by <see cref="PerMemory"/>.</summary>
    public float[] PartOfMemory { get; init; } = new float[Size];

    public float[] PartOfCpu { get; init; } = new float[Size];

    public ulong[] Tie { get; init; } = new ulong[Size];

    public HostRoom this[int slot]
    {
        get => new(Memory[slot], Cpu[slot], PerMemory[slot], PerCpu[slot], Tie[slot]);
        set
        {
            (Memory[slot], Cpu[slot], PerMemory[slot], PerCpu[slot], Tie[slot]) = (value.FreeMemory, value.FreeCpu, value.PerMemory, value.PerCpu, value.Tie);
            (PartOfMemory[slot], PartOfCpu[slot]) = (value.FreeMemory * value.PerMemory, value.FreeCpu * value.PerCpu);
        }
    }

    public HostPage Copy() => new()
    {
        Memory = [.. Memory], Cpu = [.. Cpu], PerMemory = [.. PerMemory], PerCpu = [.. PerCpu], PartOfMemory = [.. PartOfMemory], PartOfCpu = [.. PartOfCpu], Tie = [.. Tie],
    };
}
