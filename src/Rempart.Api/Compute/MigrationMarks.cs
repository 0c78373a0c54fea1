namespace Rempart.Api.Compute;

/// <summary>Words that node, controllers and server agree on.</summary>
public static class MigrationMarks
{
    /// <summary>Finalizer of a move: deleting an active one gives it up first. Removed by the migration controller when it has ended.</summary>
    public const string Finalizer = "compute.rempart.dev/migration";

    /// <summary>Condition of a move: <c>True</c> once the machine belongs to the target.</summary>
    public const string Committed = "Committed";

    /// <summary>Whether a move that was not begun yet is of disks alone.</summary>
    /// <param name="spec">What was asked for.</param>
    /// <param name="node">The host that the machine is on.</param>
    public static bool IsOfDisks(MachineMigrationSpec spec, string? node)
    {
        ArgumentNullException.ThrowIfNull(spec);
        return spec.Volumes is { Count: > 0 } && (spec.TargetNode is null || spec.TargetNode == node);
    }

    /// <summary>Whether a move that has begun is of disks alone: the machine stays on its host.</summary>
    /// <param name="migration">The move, or null for none.</param>
    public static bool StaysOnHost(MachineMigration? migration) => migration?.Status is { SourceNode: { Length: > 0 } source } status && source == status.TargetNode;

    /// <summary>Whether the machine of a move belongs to its target.</summary>
    /// <param name="migration">The move, or null for none.</param>
    public static bool IsCommitted(MachineMigration? migration) =>
        migration?.Status?.Conditions?.Any(condition => condition is { Type: Committed, Status: "True" }) == true;
}
