using Rempart.Api.Meta;

namespace Rempart.Api.Compute;

/// <summary>Body of the <c>restart</c>, <c>reset</c>, <c>stop</c>, <c>start</c>, <c>pause</c> and <c>resume</c> subresources of a machine.</summary>
public sealed record MachineOperationRequest : ApiObject
{
    /// <summary>Request id, 1 to 64 characters; made by the server when unset.</summary>
    public string? Id { get; init; }

    /// <summary>True to end the process without asking the guest.</summary>
    public bool? Force { get; init; }
}
