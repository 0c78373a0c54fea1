using Rempart.Api.Meta;

namespace Rempart.Api.Compute;

/// <summary>What is to be moved where. Nothing of it can be changed but <see cref="Cancel"/>.</summary>
public sealed record MachineMigrationSpec
{
    /// <summary>Name of the machine, in the same project.</summary>
    public required string Machine { get; init; }

    /// <summary>The host to move to. When unset the scheduler's choice; with <see cref="Volumes"/> the machine stays on its host then, and may be stopped or paused.</summary>
    public string? TargetNode { get; init; }

    /// <summary>Volumes that go to other pools; the others stay in theirs, or go along to pools of the same name. A volume has one entry at most.</summary>
    public IReadOnlyList<MigrationVolume>? Volumes { get; init; }

    /// <summary>Most bytes a second: the disks share it, then memory, which follows them, has all of it. As much as the network takes when unset. At least 1Mi.</summary>
    public Quantity? Bandwidth { get; init; }

    /// <summary>Milliseconds for which the guest may stand still at the switch: 1 to 60000, default 100.</summary>
    public int? DowntimeLimitMilliseconds { get; init; }

    /// <summary>True (default) to slow the guest's processors down when it writes memory faster than it can be sent.</summary>
    public bool? AutoConverge { get; init; }

    /// <summary>Seconds that the whole move may take before it is given up: 10 to 86400, default 3600.</summary>
    public int? TimeoutSeconds { get; init; }

    /// <summary>True to give the move up, as long as the machine does not run on the target. Can only go from false to true.</summary>
    public bool? Cancel { get; init; }
}
