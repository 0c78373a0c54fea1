namespace Rempart.ApiServer.Flow;

/// <summary>
/// What one kind of clients may use of the server, all together and each. Levels have nothing in common: one that is full delays no other.
/// </summary>
/// <param name="Name">As messages name it.</param>
internal sealed record FlowLevel(string Name)
{
    /// <summary>Requests carried out at a time.</summary>
    public required int Seats { get; init; }

    /// <summary>Of one client.</summary>
    public required int SeatsOfClient { get; init; }

    /// <summary>Requests that wait for a seat.</summary>
    public required int Waiting { get; init; }

    /// <summary>Of one client.</summary>
    public required int WaitingOfClient { get; init; }

    /// <summary>Longest wait for a seat.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>Watches, consoles, uploads and tunnels at a time.</summary>
    public int Streams { get; init; } = 4096;

    /// <summary>Of one client.</summary>
    public required int StreamsOfClient { get; init; }

    /// <summary>How often one client may ask; null for as often as it has seats.</summary>
    public FlowRate? Requests { get; init; }

    /// <summary>How often one client may ask for something that leaves records in the audit trail; null for as often as it may ask.</summary>
    public FlowRate? Recorded { get; init; }

    /// <summary>Clients that are told apart; those beyond share what one may have.</summary>
    public int Clients { get; init; } = 4096;
}
