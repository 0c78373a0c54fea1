using Rempart.Api.Meta;

namespace Rempart.Api.Compute;

/// <summary>
/// Body of <c>virtualmachines/binding</c>: places a machine on a host, if it is on none. With <see cref="Migration"/> it is the commit of a
/// move: the machine belongs to the target from then on, and only the target's node may ask for it.
/// </summary>
public sealed record MachineBinding : ApiObject
{
    /// <summary>Name of the node.</summary>
    public required string NodeName { get; init; }

    /// <summary>Name of the MachineMigration that this commits, in the machine's project.</summary>
    public string? Migration { get; init; }

    /// <summary>Uid of that move; required with it.</summary>
    public string? MigrationUid { get; init; }

    /// <summary>The machine's <c>status.runGeneration</c> before the commit; required with a move.</summary>
    public long? RunGeneration { get; init; }
}
