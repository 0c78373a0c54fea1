using System.Text.Json.Serialization;

namespace Rempart.Api.Core;

/// <summary>A daemon's port.</summary>
public sealed record DaemonEndpoint
{
    /// <summary>Port number.</summary>
    [JsonPropertyName("Port")]
    public int? Port { get; init; }
}
