namespace Rempart.Api.Infra;

/// <summary>Words that server, controllers and programs agree on.</summary>
public static class MaintenanceMarks
{
    /// <summary>Finalizer of a maintenance: the host is let go first. Removed by the maintenance controller.</summary>
    public const string Finalizer = "infra.rempart.dev/maintenance";

    /// <summary>Label of moves that a maintenance began; its value is the host, cut to 63 characters.</summary>
    public const string Label = "infra.rempart.dev/maintenance";
}
