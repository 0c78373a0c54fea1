extern alias agent;

using agent::Rempart.Node.Tunnel;
using Microsoft.Extensions.Logging;

namespace Rempart.ApiServer.Tests.Tunnel;

/// <summary>Counts how often the agent's tunnel stood: the server knows a tunnel before its agent does.</summary>
internal sealed class StandingLog : ILogger<TunnelClient>
{
    private int stands;

    public int Stands => Volatile.Read(ref stands);

    public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (formatter(state, exception) == "the tunnel stands") Interlocked.Increment(ref stands);
    }
}
