using Microsoft.Extensions.Logging;
using Rempart.Protocols.Ovsdb;

namespace Rempart.Node.Networks;

/// <summary>Keeps <see cref="SouthboundAccess"/> as it must be, on a host that holds the southbound database: when it is new, and when somebody changed it.</summary>
internal sealed partial class SouthboundKeeper(OvsdbClient southbound, TimeProvider time, ILogger<SouthboundKeeper> logger)
{
    private static readonly TimeSpan _retry = TimeSpan.FromSeconds(2);

    /// <summary>The client of this host's own member, by its unix socket; the caller runs it. Members hand writes on to their leader.</summary>
    internal static OvsdbClient NewClient(NetworkSettings settings, TimeProvider time) => new(new OvsdbClientOptions
    {
        Database = SouthboundAccess.Database,
        Endpoints = [OvsdbEndpoint.Unix(new NetworkLayout(settings).SouthboundSocket)],
        Monitor = SouthboundAccess.Monitor,
    }, time);

    /// <summary>Follows the database until cancelled.</summary>
    internal async Task RunAsync(CancellationToken cancellation)
    {
        while (true)
        {
            var changed = southbound.NextChangeAsync(cancellation);
            try
            {
                if (southbound is { IsConnected: true, Replica: { } replica } && SouthboundAccess.Decide(replica) is { Count: > 0 } operations)
                {
                    await southbound.TransactAsync(operations, cancellation);
                    LogWritten();
                }
            }
            catch (Exception exception) when (exception is OvsdbTransactionException or IOException)
            {
                LogFailed(exception.Message);
                await Task.Delay(_retry, time, cancellation);
                continue;
            }
            await changed;
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "hosts may reach the southbound database, each in its role")]
    private partial void LogWritten();

    [LoggerMessage(Level = LogLevel.Warning, Message = "hosts can't reach the southbound database yet: {Problem}")]
    private partial void LogFailed(string problem);
}
