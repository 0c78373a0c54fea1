using Rempart.Api.Compute;

namespace Rempart.Policy.Simulation;

/// <summary>Something that happens to a cluster.</summary>
public abstract record SimulationEvent
{
    private SimulationEvent()
    {
    }

    /// <summary>A machine wants a host.</summary>
    /// <param name="Machine">The machine, on no host.</param>
    public sealed record Arrival(VirtualMachine Machine) : SimulationEvent;

    /// <summary>A machine is deleted.</summary>
    /// <param name="Namespace">Project.</param>
    /// <param name="Name">Name.</param>
    public sealed record Departure(string Namespace, string Name) : SimulationEvent;

    /// <summary>A host is not ready any more, and its machines want others.</summary>
    /// <param name="Node">Name of the node.</param>
    public sealed record Failure(string Node) : SimulationEvent;

    /// <summary>A host is ready again.</summary>
    /// <param name="Node">Name of the node.</param>
    public sealed record Recovery(string Node) : SimulationEvent;
}
