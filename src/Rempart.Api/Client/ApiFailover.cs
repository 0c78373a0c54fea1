using System.Net.Sockets;

namespace Rempart.Api.Client;

/// <summary>
/// Goes to the next server when nobody answers at the one that was used last, and stays there. Only what was never sent is sent again, so that nothing is
/// done twice; connections that break later are their caller's to repeat.
/// </summary>
/// <param name="servers">Base addresses of servers of one cluster; at least one.</param>
/// <param name="inner">Sends.</param>
internal sealed class ApiFailover(IReadOnlyList<Uri> servers, HttpMessageHandler inner) : DelegatingHandler(inner)
{
    private int _current;

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            var used = Volatile.Read(ref _current);
            var server = servers[used % servers.Count];
            request.RequestUri = new UriBuilder(request.RequestUri!) { Host = server.Host, Port = server.Port }.Uri;
            try
            {
                return await base.SendAsync(request, cancellationToken);
            }
            catch (Exception nobody) when (attempt < servers.Count && IsUnsent(nobody, cancellationToken))
            {
                Interlocked.CompareExchange(ref _current, used + 1, used);
            }
        }
    }

    // The handler gives up connecting with a cancellation of its own.
    private static bool IsUnsent(Exception failure, CancellationToken cancellationToken) => failure switch
    {
        HttpRequestException refused => refused.HttpRequestError is HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError or HttpRequestError.SecureConnectionError,
        SocketException => true,
        OperationCanceledException { InnerException: TimeoutException } => !cancellationToken.IsCancellationRequested,
        _ => false,
    };
}
