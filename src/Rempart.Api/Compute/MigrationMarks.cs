namespace Rempart.Api.Compute;

/// <summary>Words that node, controllers and server agree on.</summary>
public static class MigrationMarks
{
    /// <summary>Finalizer of a move: deleting an active one gives it up first. Removed by the migration controller when it has ended.</summary>
    public const string Finalizer = "compute.rempart.dev/migration";

    /// <summary>Condition of a move: <c>True</c> once the machine belongs to the target.</summary>
    public const string Committed = "Committed";
}
