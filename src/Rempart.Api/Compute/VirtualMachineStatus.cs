using Rempart.Api.Meta;

namespace Rempart.Api.Compute;

/// <summary>What is observed of a machine. Each field has one writer, named in its description.</summary>
public sealed record VirtualMachineStatus
{
    /// <summary><c>Pending</c>, <c>Scheduled</c>, <c>Starting</c>, <c>Running</c>, <c>Paused</c>, <c>Stopping</c>, <c>Stopped</c> or <c>Failed</c>. Written by the node once bound, by the machine controller before.</summary>
    [OneOf(MachinePhase.Pending, MachinePhase.Scheduled, MachinePhase.Starting, MachinePhase.Running, MachinePhase.Paused, MachinePhase.Stopping, MachinePhase.Stopped, MachinePhase.Failed)]
    public string? Phase { get; init; }

    /// <summary>The host. Written by the binding subresource alone.</summary>
    public string? NodeName { get; init; }

    /// <summary>Rises with each binding: the fencing token of a run. Written by the binding subresource alone.</summary>
    public long? RunGeneration { get; init; }

    /// <summary>Name of the newest MachineMigration of the machine, active or over. Written by the server when one is made.</summary>
    public string? Migration { get; init; }

    /// <summary>SHA-256 of the template's canonical spec that the machine was made from. Written at creation by the server.</summary>
    public string? TemplateDigest { get; init; }

    /// <summary>The template's boot, disk and device settings as approved, kept for the machine's life. Written at creation by the server.</summary>
    public MachineTemplateSpec? Template { get; init; }

    /// <summary>Processors and memory taken from the class. Written by the server when the class is set.</summary>
    public MachineClassSpec? Resources { get; init; }

    /// <summary>The <c>metadata.generation</c> that the node last acted on. Written by the node.</summary>
    public long? ObservedGeneration { get; init; }

    /// <summary><c>Scheduled</c> (scheduler), <c>VolumesReady</c> and <c>NetworkReady</c> (machine controller), <c>Running</c> and <c>GuestReady</c> (node), <c>TemplateApproved</c> (template controller).</summary>
    [ListPatch("type")]
    public IReadOnlyList<Condition>? Conditions { get; init; }

    /// <summary>Volumes in disk order, the root first. Written by the machine controller.</summary>
    public IReadOnlyList<MachineAttachment>? Volumes { get; init; }

    /// <summary>Interfaces in card order. Written by the machine controller.</summary>
    public IReadOnlyList<MachineAttachment>? NetworkInterfaces { get; init; }

    /// <summary>Addresses of all interfaces. Written by the machine controller.</summary>
    public IReadOnlyList<string>? Addresses { get; init; }

    /// <summary><c>kvm</c> or <c>tcg</c>. Written by the node.</summary>
    [OneOf("kvm", "tcg")]
    public string? Accelerator { get; init; }

    /// <summary>When the present run began. Written by the node.</summary>
    public DateTimeOffset? StartedAt { get; init; }

    /// <summary>How often the machine was started again by its restart policy. Written by the node.</summary>
    public int? RestartCount { get; init; }

    /// <summary>How the last run ended. Written by the node.</summary>
    public MachineExit? LastExit { get; init; }

    /// <summary>The last operation asked for by a subresource. Written by the server.</summary>
    public MachineOperation? Operation { get; init; }

    /// <summary>Id of the last operation that was carried out, and its outcome. Written by the node.</summary>
    public MachineOperationResult? OperationResult { get; init; }
}
