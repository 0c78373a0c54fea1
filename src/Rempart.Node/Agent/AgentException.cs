namespace Rempart.Node.Agent;

/// <summary>The agent can't work; the message says what to do.</summary>
internal sealed class AgentException : Exception
{
    public AgentException(string message)
        : base(message)
    {
    }

    public AgentException(string message, Exception inner)
        : base(message, inner)
    {
    }
}
