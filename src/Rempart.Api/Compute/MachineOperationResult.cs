using Rempart.Api.Meta;

namespace Rempart.Api.Compute;

/// <summary>What became of an operation.</summary>
public sealed record MachineOperationResult
{
    /// <summary>Id of the operation.</summary>
    public required string Id { get; init; }

    /// <summary><c>Succeeded</c> or <c>Failed</c>.</summary>
    [OneOf("Succeeded", "Failed")]
    public required string Outcome { get; init; }

    /// <summary>A sentence for people.</summary>
    public string? Message { get; init; }

    /// <summary>When it was finished.</summary>
    public DateTimeOffset? FinishedAt { get; init; }
}
