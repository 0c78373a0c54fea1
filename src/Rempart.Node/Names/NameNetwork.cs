using System.Text.Json.Serialization;

namespace Rempart.Node.Names;

/// <summary>Where a network asks for names on this host.</summary>
internal sealed record NameNetwork
{
    /// <summary>The link in the instance's namespace that leads to the network and nowhere else.</summary>
    [JsonRequired]
    public required string Link { get; init; }

    /// <summary>The link's number: a link made anew has another, and needs new sockets.</summary>
    [JsonRequired]
    public required int Index { get; init; }

    /// <summary>The address that guests ask. Other networks may have the same.</summary>
    [JsonRequired]
    public required string Address { get; init; }

    /// <summary>Whose names the network may know.</summary>
    [JsonRequired]
    public required string Project { get; init; }
}
