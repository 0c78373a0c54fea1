using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Rempart.Node.Tunnel;

namespace Rempart.Node.Tests.Tunnel;

/// <summary>What the tunnel says in the log, one after the other.</summary>
internal sealed class ToldReasons : ILogger<TunnelClient>
{
    private readonly Channel<string> _told = Channel.CreateUnbounded<string>();

    public ValueTask<string> NextAsync(CancellationToken cancellationToken) => _told.Reader.ReadAsync(cancellationToken);

    public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (formatter(state, exception) is var text && text.Contains("tunnel", StringComparison.Ordinal)) _told.Writer.TryWrite(text);
    }
}
