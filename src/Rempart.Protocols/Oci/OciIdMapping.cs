using System.Text.Json.Serialization;

namespace Rempart.Protocols.Oci;

/// <summary>A range of ids of a user namespace.</summary>
/// <param name="ContainerId">first id inside.</param>
/// <param name="HostId">first id outside.</param>
/// <param name="Size">how many.</param>
public sealed record OciIdMapping(
    [property: JsonPropertyName("containerID")] uint ContainerId,
    [property: JsonPropertyName("hostID")] uint HostId,
    uint Size);
