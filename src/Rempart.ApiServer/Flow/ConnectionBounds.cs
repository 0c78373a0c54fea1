namespace Rempart.ApiServer.Flow;

/// <summary>How many connections there may be. Those that have shown a certificate of the cluster have room of their own.</summary>
internal sealed record ConnectionBounds
{
    /// <summary>All together.</summary>
    public int All { get; init; } = 4096;

    /// <summary>Connections that have shown no certificate, handshakes included.</summary>
    public int Unknown { get; init; } = 1536;

    /// <summary>The same from one address.</summary>
    public int UnknownOfAddress { get; init; } = 512;

    /// <summary>Connections with certificates of one name.</summary>
    public int OfName { get; init; } = 512;
}
