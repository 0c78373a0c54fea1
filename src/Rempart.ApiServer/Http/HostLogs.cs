using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Rempart.ApiServer.Http;

/// <summary>
/// The server's logs for the web host, without its log of each request: as long as that is on, the host makes an activity for every one, which costs
/// more than all of the authorization. The audit trail and spans of our own say what was asked.
/// </summary>
internal sealed class HostLogs(ILoggerFactory inner) : ILoggerFactory
{
    private const string Requests = "Microsoft.AspNetCore.Hosting.Diagnostics";

    public ILogger CreateLogger(string categoryName) => categoryName == Requests ? NullLogger.Instance : inner.CreateLogger(categoryName);

    public void AddProvider(ILoggerProvider provider) => inner.AddProvider(provider);

    // The factory is its maker's.
    public void Dispose()
    {
    }
}
