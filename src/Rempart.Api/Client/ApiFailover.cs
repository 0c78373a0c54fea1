using System.Net;
using System.Net.Sockets;

namespace Rempart.Api.Client;

/// <summary>
/// Goes to the next server when nobody answers at the one that was used last, or when it says that it can't serve (503), and stays there. Only what was never
/// sent is sent again, and what changes nothing, so that nothing is done twice; connections that break later are their caller's to repeat.
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
                var response = await base.SendAsync(request, cancellationToken);
                if (response.StatusCode != HttpStatusCode.ServiceUnavailable) return response;
                // It is there, but its store is not: another may be on the other side of whatever was cut.
                Leave(used);
                if (attempt == servers.Count || request.Content is not null || request.Method != HttpMethod.Get) return response;
                response.Dispose();
            }
            catch (Exception nobody) when (attempt < servers.Count && IsUnsent(nobody, cancellationToken))
            {
                Leave(used);
            }
            catch (Exception broken) when (broken is HttpRequestException or IOException)
            {
                // Whether it was done is unknown, so it is not sent again; but a server that broke off is not asked next.
                Leave(used);
                throw;
            }
        }
    }

    // Of many requests that fail at once, one moves on.
    private void Leave(int used) => Interlocked.CompareExchange(ref _current, used + 1, used);

    // The handler gives up connecting with a cancellation of its own.
    private static bool IsUnsent(Exception failure, CancellationToken cancellationToken) => failure switch
    {
        HttpRequestException refused => refused.HttpRequestError is HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError or HttpRequestError.SecureConnectionError,
        SocketException => true,
        OperationCanceledException { InnerException: TimeoutException } => !cancellationToken.IsCancellationRequested,
        _ => false,
    };
}
