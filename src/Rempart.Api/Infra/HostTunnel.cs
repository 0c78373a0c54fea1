namespace Rempart.Api.Infra;

/// <summary>A host's tunnel to one API server, through which consoles and uploads come.</summary>
public sealed record HostTunnel
{
    /// <summary>Address of the server, as the agent was told.</summary>
    public required string Server { get; init; }

    /// <summary>Whether it stands.</summary>
    public required bool Connected { get; init; }

    /// <summary>Since when it stands, or does not.</summary>
    public DateTimeOffset? Since { get; init; }
}
