using Rempart.Api.Compute;

namespace Rempart.Controllers.Maintenance;

/// <summary>What is to be known of a host that is being emptied.</summary>
internal sealed record DrainView
{
    public required DateTimeOffset Now { get; init; }

    /// <summary>Whether its agent is there and says so: without it nothing moves away.</summary>
    public required bool IsReady { get; init; }

    /// <summary>All machines bound to it.</summary>
    public required IReadOnlyList<VirtualMachine> Machines { get; init; }

    /// <summary>Active moves that lead to it, of machines that are not bound to it yet. A cordon doesn't stop them.</summary>
    public required IReadOnlyList<MachineMigration> Arriving { get; init; }

    /// <summary>The newest move of a machine; null when there is none.</summary>
    public required Func<VirtualMachine, MachineMigration?> Newest { get; init; }

    /// <summary>Moves of a machine that this maintenance began and that failed one after the other, the last of them first.</summary>
    public required Func<VirtualMachine, IReadOnlyList<MachineMigration>> Failures { get; init; }
}
