using Microsoft.Extensions.Logging;

namespace Rempart.Server.Run;

/// <summary>Messages of the composition.</summary>
internal static partial class ServerLog
{
    [LoggerMessage(Level = LogLevel.Information, Message = "keys and certificates: {What}")]
    public static partial void LogKeys(this ILogger logger, string what);
}
