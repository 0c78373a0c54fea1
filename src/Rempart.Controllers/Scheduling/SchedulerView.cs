using Rempart.Api.Compute;
using Rempart.Api.Core;
using Rempart.Api.Storage;

namespace Rempart.Controllers.Scheduling;

/// <summary>Everything that a placement depends on, at one moment.</summary>
internal sealed record SchedulerView
{
    public required IReadOnlyList<Candidate> Nodes { get; init; }

    /// <summary>Finds an image by name.</summary>
    public required Func<string, Image?> Image { get; init; }

    /// <summary>Finds a volume of the machine's project by name.</summary>
    public required Func<string, Volume?> Volume { get; init; }

    /// <summary>A host, and what is taken of it.</summary>
    /// <param name="Node">The host.</param>
    /// <param name="LeaseFresh">Whether its agent gave a sign of life in time.</param>
    /// <param name="Bound">Machines that are on it, those bound a moment ago included.</param>
    internal sealed record Candidate(Node Node, bool LeaseFresh, IReadOnlyList<VirtualMachine> Bound);
}
