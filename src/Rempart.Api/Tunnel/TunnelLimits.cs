namespace Rempart.Api.Tunnel;

/// <summary>Bounds and deadlines that both ends of a tunnel keep.</summary>
public static class TunnelLimits
{
    /// <summary>Streams that a node may have at a time.</summary>
    public const int StreamsOfNode = 32;

    /// <summary>Streams that one object may have at a time.</summary>
    public const int StreamsOfObject = 8;

    /// <summary>Longest line of the tunnel in bytes: a ticket with its signer's certificate fits well.</summary>
    public const int LongestLine = 32 * 1024;

    /// <summary>How often the server shows that it is there.</summary>
    public static readonly TimeSpan PingEvery = TimeSpan.FromSeconds(15);

    /// <summary>Silence after which the agent takes the tunnel for dead.</summary>
    public static readonly TimeSpan Silence = TimeSpan.FromSeconds(45);

    /// <summary>How long an agent may take to open a stream.</summary>
    public static readonly TimeSpan Open = TimeSpan.FromSeconds(10);

    /// <summary>Path of a node's tunnel.</summary>
    /// <param name="node">The node's name.</param>
    /// <param name="stream">Id of one of its streams, or null for the tunnel itself.</param>
    public static string Path(string node, string? stream) => $"/api/v1/nodes/{Uri.EscapeDataString(node)}/tunnel{(stream is null ? "" : "/" + Uri.EscapeDataString(stream))}";
}
