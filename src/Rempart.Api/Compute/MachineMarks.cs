namespace Rempart.Api.Compute;

/// <summary>Words that node, controllers and server agree on.</summary>
public static class MachineMarks
{
    /// <summary>Finalizer of a machine: holds it until nothing of it is left on its host. Removed by the machine controller.</summary>
    public const string Finalizer = "compute.rempart.dev/machine";

    /// <summary>Reason of the condition <c>Running</c> with which a node says that nothing of a machine that is being deleted is left on it.</summary>
    public const string Removed = "Removed";
}
