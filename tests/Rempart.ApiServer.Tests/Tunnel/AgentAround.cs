using System.Security.Cryptography.X509Certificates;

namespace Rempart.ApiServer.Tests.Tunnel;

/// <summary>What an agent finds around it.</summary>
internal sealed record AgentAround
{
    /// <summary>Its node.</summary>
    public string Node { get; init; } = "n1";

    /// <summary>Whom it believes tickets of; null for the server's own authority.</summary>
    public X509Certificate2Collection? Trust { get; init; }

    /// <summary>The clock of its tunnel.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>The clock that its tickets are held to.</summary>
    public TimeProvider TicketTime { get; init; } = TimeProvider.System;

    /// <summary>Stands between it and the server.</summary>
    public DelegatingHandler? Between { get; init; }

    public StandingLog Log { get; } = new();
}
