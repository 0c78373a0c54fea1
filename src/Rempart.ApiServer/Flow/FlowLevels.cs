namespace Rempart.ApiServer.Flow;

/// <summary>The levels of a server.</summary>
internal sealed record FlowLevels
{
    /// <summary>Signs of life of nodes: leases and their own status. A client is a node.</summary>
    public FlowLevel Heartbeats { get; init; } = new("heartbeats")
    {
        Seats = 64, SeatsOfClient = 4, Waiting = 1024, WaitingOfClient = 16, StreamsOfClient = 8, Requests = new(20, 60), Recorded = new(10, 60),
    };

    /// <summary>Everything else that nodes do.</summary>
    public FlowLevel Nodes { get; init; } = new("nodes")
    {
        Seats = 64, SeatsOfClient = 16, Waiting = 2048, WaitingOfClient = 256, StreamsOfClient = 256, Requests = new(200, 2000), Recorded = new(50, 1000),
    };

    /// <summary>The server's own controllers.</summary>
    public FlowLevel Controllers { get; init; } = new("controllers") { Seats = 64, SeatsOfClient = 32, Waiting = 4096, WaitingOfClient = 1024, StreamsOfClient = 512 };

    /// <summary>Administrators and security officers: whoever has to end a flood must get through it.</summary>
    public FlowLevel Operators { get; init; } = new("operators")
    {
        Seats = 64, SeatsOfClient = 32, Waiting = 1024, WaitingOfClient = 512, StreamsOfClient = 1024, Requests = new(2000, 4000), Recorded = new(1000, 4000),
    };

    /// <summary>Everybody else with a credential.</summary>
    public FlowLevel Tenants { get; init; } = new("tenants")
    {
        Seats = 64, SeatsOfClient = 16, Waiting = 2048, WaitingOfClient = 128, StreamsOfClient = 128, Requests = new(200, 1000), Recorded = new(25, 500),
    };

    /// <summary>Hosts that join. A client is a bootstrap token.</summary>
    public FlowLevel Joining { get; init; } = new("joining")
    {
        Seats = 8, SeatsOfClient = 2, Waiting = 64, WaitingOfClient = 8, StreamsOfClient = 4, Requests = new(5, 50), Recorded = new(2, 20),
    };

    /// <summary>Whoever shows no certificate, before anything is known of them. A client is an address.</summary>
    public FlowLevel Anonymous { get; init; } = new("anonymous")
    {
        Seats = 16, SeatsOfClient = 4, Waiting = 256, WaitingOfClient = 16, Patience = TimeSpan.FromSeconds(5), Streams = 0, StreamsOfClient = 0, Requests = new(20, 100),
    };

    /// <summary>Health checks without a certificate. A client is an address.</summary>
    public FlowLevel Probes { get; init; } = new("probes")
    {
        Seats = 8, SeatsOfClient = 4, Waiting = 64, WaitingOfClient = 8, Patience = TimeSpan.FromSeconds(5), Streams = 0, StreamsOfClient = 0, Requests = new(20, 100),
    };
}
