using System.Text.Json.Serialization;

namespace Rempart.Api.Meta;

/// <summary>The answer to a request that returns no object (Kubernetes <c>meta/v1 Status</c>).</summary>
public sealed record ApiStatus
{
    /// <summary><c>v1</c>.</summary>
    [JsonPropertyOrder(-10)]
    public string? ApiVersion { get; init; } = "v1";

    /// <summary><c>Status</c>.</summary>
    [JsonPropertyOrder(-9)]
    public string? Kind { get; init; } = "Status";

    /// <summary>Version and continuation, when the answer belongs to a list.</summary>
    public ListMeta Metadata { get; init; } = new();

    /// <summary><c>Success</c> or <c>Failure</c>.</summary>
    public string? Status { get; init; }

    /// <summary>What happened and what to do, for people.</summary>
    public string? Message { get; init; }

    /// <summary>What happened, for programs; see <see cref="StatusReason"/>.</summary>
    public string? Reason { get; init; }

    /// <summary>The object concerned and one cause for each wrong field.</summary>
    public StatusDetails? Details { get; init; }

    /// <summary>HTTP status code.</summary>
    public int? Code { get; init; }
}
