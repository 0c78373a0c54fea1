namespace Rempart.ApiServer.Flow;

/// <summary>How much of the audit trail refusals may take.</summary>
internal sealed record RefusalBounds
{
    /// <summary>After which counts are written and everything begins anew.</summary>
    public TimeSpan Window { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>Refusals of one client that are recorded one by one in a window; the rest is counted.</summary>
    public int OfClient { get; init; } = 20;

    /// <summary>Refusals of all clients that are recorded one by one in a window.</summary>
    public int OfAll { get; init; } = 400;

    /// <summary>Clients that are counted each; those beyond are counted together.</summary>
    public int Clients { get; init; } = 128;
}
