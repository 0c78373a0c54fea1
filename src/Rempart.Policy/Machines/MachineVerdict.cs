using Rempart.Api.Compute;
using Rempart.Api.Meta;

namespace Rempart.Policy.Machines;

/// <summary>What is wrong with a machine, and if nothing is, what the server writes into its status.</summary>
public sealed record MachineVerdict
{
    /// <summary>One cause for each wrong field; empty when the machine may be stored.</summary>
    public required IReadOnlyList<StatusCause> Causes { get; init; }

    /// <summary>For <c>status.templateDigest</c>.</summary>
    public string? TemplateDigest { get; init; }

    /// <summary>For <c>status.template</c>.</summary>
    public MachineTemplateSpec? Template { get; init; }

    /// <summary>For <c>status.resources</c>.</summary>
    public MachineClassSpec? Resources { get; init; }
}
