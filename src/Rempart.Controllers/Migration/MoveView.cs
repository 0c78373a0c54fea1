using Rempart.Api.Compute;

namespace Rempart.Controllers.Migration;

/// <summary>What the course of a move depends on besides the move.</summary>
internal sealed record MoveView
{
    public required DateTimeOffset Now { get; init; }

    /// <summary>The machine; null when it is gone.</summary>
    public required VirtualMachine? Machine { get; init; }

    /// <summary>How the host stands that the machine comes from: before the beginning the one that it is on.</summary>
    public required HostStanding Source { get; init; }

    /// <summary>How the target stands; ready before there is one.</summary>
    public required HostStanding Target { get; init; }

    /// <summary>Finds a target for the machine. Asked once, when the move begins.</summary>
    public required Func<VirtualMachine, MoveTarget> Choose { get; init; }

    /// <summary>Why the host of a machine has no room for the disks that go to other pools there, following "node `host1`"; null when it has. Asked once, when the move begins.</summary>
    public Func<VirtualMachine, string?> Crowded { get; init; } = _ => null;

    /// <summary>Whether the commit is overdue: it is a while since the source said that all was sent.</summary>
    public bool CommitOverdue { get; init; }
}
