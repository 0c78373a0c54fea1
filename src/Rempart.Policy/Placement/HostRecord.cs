namespace Rempart.Policy.Placement;

/// <summary>A host as the model has it. Replaced when its node changes, never changed: snapshots share it.</summary>
internal sealed record HostRecord
{
    public required int Index { get; init; }

    public required string Name { get; init; }

    /// <summary>False of a name whose node is gone, or of which only a lease or a machine is known.</summary>
    public bool IsPresent { get; init; }

    public bool IsLeaving { get; init; }

    public bool IsCordoned { get; init; }

    /// <summary>What its agent says.</summary>
    public bool IsReady { get; init; }

    public DateTimeOffset LapsesAt { get; init; }

    /// <summary>Keys of taints that keep machines away.</summary>
    public IReadOnlyList<string> Taints { get; init; } = [];

    /// <summary>Whether it has a taint that machines rather avoid.</summary>
    public bool IsDisliked { get; init; }

    public IReadOnlyDictionary<string, string>? Labels { get; init; }

    /// <summary>Its place in region, zone, room and rack; 0 is the place without any.</summary>
    public int Location { get; init; }

    /// <summary>Processors that it gives out, in thousandths, overcommit included.</summary>
    public long Cpu { get; init; }

    /// <summary>Bytes of memory that it gives out.</summary>
    public long Memory { get; init; }
}
