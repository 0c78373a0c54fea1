namespace Rempart.Node.Agent;

/// <summary>What the agent does next with a machine.</summary>
internal abstract record MachineAction
{
    private MachineAction()
    {
    }

    /// <summary>Nothing; the machine is as it should be, or on its way.</summary>
    /// <param name="LookAgain">when to look again at the latest, or null.</param>
    internal sealed record Rest(DateTimeOffset? LookAgain) : MachineAction;

    /// <summary>Prepares what it needs and starts it.</summary>
    /// <param name="ByPolicy">the restart policy wants it, nobody asked.</param>
    internal sealed record Start(bool ByPolicy) : MachineAction;

    /// <summary>Asks the guest to end.</summary>
    internal sealed record Stop(TimeSpan Grace) : MachineAction;

    /// <summary>Ends it now.</summary>
    internal sealed record Kill : MachineAction;

    /// <summary>Holds the guest's processors.</summary>
    internal sealed record Pause : MachineAction;

    /// <summary>Lets the guest's processors go on.</summary>
    internal sealed record Resume : MachineAction;

    /// <summary>It does not run and is being deleted: takes away all that it has on this host but its volumes' data.</summary>
    internal sealed record Remove : MachineAction;
}
