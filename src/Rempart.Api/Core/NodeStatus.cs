using System.Text.Json;
using Rempart.Api.Meta;

namespace Rempart.Api.Core;

/// <summary>What a host's agent observes.</summary>
public sealed record NodeStatus
{
    /// <summary>What the host has: <c>cpu</c>, <c>memory</c>, <c>ephemeral-storage</c>.</summary>
    public IReadOnlyDictionary<string, Quantity>? Capacity { get; init; }

    /// <summary>What of it workloads may use.</summary>
    public IReadOnlyDictionary<string, Quantity>? Allocatable { get; init; }

    /// <summary>Deprecated, never set.</summary>
    public string? Phase { get; init; }

    /// <summary><c>Ready</c> and others.</summary>
    [ListPatch("type")]
    public IReadOnlyList<NodeCondition>? Conditions { get; init; }

    /// <summary>Addresses of the host.</summary>
    [ListPatch("type")]
    public IReadOnlyList<NodeAddress>? Addresses { get; init; }

    /// <summary>Ports of daemons on the host.</summary>
    public NodeDaemonEndpoints? DaemonEndpoints { get; init; }

    /// <summary>Versions of what runs on the host.</summary>
    public NodeSystemInfo? NodeInfo { get; init; }

    /// <summary>Container images on the host.</summary>
    public IReadOnlyList<JsonElement>? Images { get; init; }

    /// <summary>Volumes in use on the host.</summary>
    public IReadOnlyList<string>? VolumesInUse { get; init; }

    /// <summary>Volumes attached to the host.</summary>
    public IReadOnlyList<JsonElement>? VolumesAttached { get; init; }

    /// <summary>Deprecated, kept as it is.</summary>
    public JsonElement? Config { get; init; }

    /// <summary>Runtime handlers of the host.</summary>
    public IReadOnlyList<JsonElement>? RuntimeHandlers { get; init; }

    /// <summary>Features of the host's agent.</summary>
    public JsonElement? Features { get; init; }

    /// <summary>Features declared by the host's agent.</summary>
    public IReadOnlyList<string>? DeclaredFeatures { get; init; }
}
