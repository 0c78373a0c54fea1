namespace Rempart.Api.Tunnel;

/// <summary>One line of the tunnel's long answer: an opening, or neither, which only shows that the server is there.</summary>
public sealed record TunnelMessage
{
    /// <summary>A stream that the agent is to open.</summary>
    public StreamOpening? Open { get; init; }
}
