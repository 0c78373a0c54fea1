namespace Rempart.Policy.Simulation;

/// <summary>How good and how fast placements were.</summary>
public sealed record SimulationResult
{
    /// <summary>Hosts at the end.</summary>
    public required int Hosts { get; init; }

    /// <summary>Machines that came.</summary>
    public int Arrived { get; init; }

    /// <summary>Machines that left.</summary>
    public int Departed { get; init; }

    /// <summary>Hosts that failed.</summary>
    public int Failed { get; init; }

    /// <summary>Machines that found another host after theirs had failed.</summary>
    public int Moved { get; init; }

    /// <summary>Machines that are on a host at the end.</summary>
    public required int Placed { get; init; }

    /// <summary>Machines that found none, by the sentence why.</summary>
    public required IReadOnlyDictionary<string, int> Unplaced { get; init; }

    /// <summary>Hosts with more on them than they give out, counted plainly from the list of machines.</summary>
    public required int Overbooked { get; init; }

    /// <summary>Rules with <c>Required</c> that are broken, counted plainly from the list of machines.</summary>
    public required int BrokenRules { get; init; }

    /// <summary>Memory that is given out.</summary>
    public required SimulationShare Memory { get; init; }

    /// <summary>Processors that are given out, overcommit included.</summary>
    public required SimulationShare Processors { get; init; }

    /// <summary>Percent of all memory that lies free on hosts which take no machine of average size any more.</summary>
    public required double StrandedMemory { get; init; }

    /// <summary>The same of processors.</summary>
    public required double StrandedProcessors { get; init; }

    /// <summary>Of groups of machines of one project and template, the percentage that is in as many zones as it could be; null when no host has a zone.</summary>
    public double? InAllZones { get; init; }

    /// <summary>Decisions that were made, those without a host included.</summary>
    public required int Decisions { get; init; }

    /// <summary>What they took, with the snapshot before and the change of the model after each.</summary>
    public required TimeSpan Took { get; init; }
}
