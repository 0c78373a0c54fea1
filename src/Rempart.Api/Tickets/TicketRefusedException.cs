namespace Rempart.Api.Tickets;

/// <summary>A stream was asked for with a ticket that does not open it.</summary>
public sealed class TicketRefusedException : Exception
{
    /// <summary>Refuses.</summary>
    /// <param name="message">Why, for the agent's log and the audit trail.</param>
    public TicketRefusedException(string message) : base(message)
    {
    }
}
