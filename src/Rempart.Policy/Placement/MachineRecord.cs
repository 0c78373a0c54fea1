namespace Rempart.Policy.Placement;

/// <summary>A machine that takes room, as the model has it.</summary>
internal sealed record MachineRecord
{
    public required string Namespace { get; init; }

    public required string Name { get; init; }

    public string? Uid { get; init; }

    public IReadOnlyDictionary<string, string>? Labels { get; init; }

    public MachineDemand Demand { get; init; }

    public string? Template { get; init; }

    /// <summary>The host that it is on; -1 for none.</summary>
    public int Host { get; init; } = -1;

    /// <summary>The other host of a move that is under way; -1 for none.</summary>
    public int Reserved { get; init; } = -1;

    /// <summary>Whether it was put there by who asked for its binding, whose watch has not told of it yet.</summary>
    public bool IsAssumed { get; init; }

    public bool IsSame(MachineRecord other) => Host == other.Host && Reserved == other.Reserved && Demand == other.Demand && Uid == other.Uid && Template == other.Template && SameLabels(Labels, other.Labels);

    public static bool SameLabels(IReadOnlyDictionary<string, string>? one, IReadOnlyDictionary<string, string>? other)
    {
        if (ReferenceEquals(one, other)) return true;
        if ((one?.Count ?? 0) != (other?.Count ?? 0)) return false;
        if (one is null || other is null) return true;
        foreach (var (key, value) in one)
        {
            if (!other.TryGetValue(key, out var has) || has != value) return false;
        }

        return true;
    }
}
