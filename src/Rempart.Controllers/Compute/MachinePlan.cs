using Rempart.Api.Networking;
using Rempart.Api.Storage;

namespace Rempart.Controllers.Compute;

/// <summary>What is to be done for a machine.</summary>
internal sealed record MachinePlan
{
    public IReadOnlyList<Volume> Volumes { get; init; } = [];

    public IReadOnlyList<NetworkInterface> Interfaces { get; init; } = [];

    /// <summary>Interfaces whose security groups are not those that the machine asks for, with the right ones.</summary>
    public IReadOnlyList<NetworkInterface> Regrouped { get; init; } = [];

    public bool AddFinalizer { get; init; }

    public bool RemoveFinalizer { get; init; }

    /// <summary>Null when there is nothing to say any more.</summary>
    public MachineReport? Report { get; init; }
}
