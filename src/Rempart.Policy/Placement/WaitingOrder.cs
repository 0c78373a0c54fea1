using Rempart.Api.Compute;

namespace Rempart.Policy.Placement;

/// <summary>
/// In which order machines that wait are placed. Places in the line belong to projects, by the age of their machines; which of a project's
/// machines takes the next of its places is its own affair, by <c>spec.priority</c>. So nobody overtakes another project by a number.
/// </summary>
public static class WaitingOrder
{
    /// <summary>The machines in order.</summary>
    public static IReadOnlyList<VirtualMachine> Of(IEnumerable<VirtualMachine> waiting)
    {
        ArgumentNullException.ThrowIfNull(waiting);
        var line = waiting.OrderBy(machine => machine.Metadata.CreationTimestamp).ThenBy(machine => machine.Metadata.Namespace, StringComparer.Ordinal).ThenBy(machine => machine.Metadata.Name, StringComparer.Ordinal).ToList();
        // A stable sort: equal priorities keep the order of the line.
        var next = line.GroupBy(machine => machine.Metadata.Namespace!, StringComparer.Ordinal)
            .ToDictionary(project => project.Key, project => new Queue<VirtualMachine>(project.OrderByDescending(machine => machine.Spec.Priority ?? 0)), StringComparer.Ordinal);
        return [.. line.Select(machine => next[machine.Metadata.Namespace!].Dequeue())];
    }
}
