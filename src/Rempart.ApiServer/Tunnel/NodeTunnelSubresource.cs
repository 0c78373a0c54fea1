using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;
using Rempart.Api.Core;
using Rempart.Api.Meta;
using Rempart.Api.Tunnel;
using Rempart.ApiServer.Authorization;
using Rempart.ApiServer.Http;
using Rempart.ApiServer.Registry;

namespace Rempart.ApiServer.Tunnel;

/// <summary>
/// <c>nodes/NAME/tunnel</c>: the agent dials out. The answer to the first request goes on for as long as both live and asks for streams; each
/// stream is a further request <c>nodes/NAME/tunnel/ID</c> of the same agent, whose body and answer are the two directions.
/// </summary>
internal sealed class NodeTunnelSubresource(TunnelServer tunnels, AccessWatch access, IStreamAudit audit, TimeProvider time, CancellationToken stopping) : ISubresource
{
    public KindInfo Kind { get; } = KindInfo.Of<Node>();

    public string Name => "tunnel";

    public SubresourceInfo Info { get; } = new("tunnel", nameof(Node), ["create"]);

    public async Task<ApiResult?> HandleAsync(RequestContext context, KindRegistration target, string? ns, CancellationToken cancellationToken)
    {
        var (info, http) = (context.Info, context.Http);
        if (info.Verb != "create") throw Failures.MethodNotAllowed();
        var node = info.Name!;

        // Roles don't count here: a tunnel is its node's, whatever else somebody may do.
        if (context.RequiredCaller.NodeName != node) throw Failures.Forbidden(Kind, node, $"only `system:node:{node}` opens the tunnel of node `{node}`");
        if (http.Request.Protocol != HttpProtocol.Http2) throw Failures.BadRequest("a tunnel needs HTTP/2");
        Unbound(http);
        if (info.Rest.Count > 1) throw Failures.UnknownPath();
        if (info.Rest.Count == 1) await StreamAsync(http, node, info.Rest[0], cancellationToken);
        else await TunnelAsync(context, node, cancellationToken);
        return null;
    }

    private static void Unbound(HttpContext http)
    {
        http.Features.Get<IHttpMaxRequestBodySizeFeature>()!.MaxRequestBodySize = null;
        http.Features.Get<IHttpMinRequestBodyDataRateFeature>()!.MinDataRate = null;
    }

    private async Task TunnelAsync(RequestContext context, string node, CancellationToken cancellationToken)
    {
        await audit.OpeningAsync(context, "tunnel of the node", cancellationToken);
        using var session = tunnels.Begin(node);
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, session.Ended, stopping);
        var helpers = Task.WhenAll(PingAsync(session, over.Token), WatchAsync(context, session, over.Token));
        var response = context.Http.Response;
        try
        {
            response.ContentType = "application/x-ndjson";
            await TunnelLines.WriteAsync(response.Body, new TunnelMessage(), over.Token);
            await foreach (var message in session.Unsent.ReadAllAsync(over.Token)) await TunnelLines.WriteAsync(response.Body, message, over.Token);
        }
        catch (Exception left) when (left is OperationCanceledException or IOException)
        {
            // The agent left, was replaced, or the server stops.
        }
        finally
        {
            tunnels.End(session);
            await helpers;
            await audit.EndedAsync(context, 200, stopping.IsCancellationRequested ? "tunnel closed: the server stops" : "tunnel closed");
        }
    }

    private async Task PingAsync(TunnelSession session, CancellationToken cancellationToken)
    {
        try
        {
            while (true)
            {
                await Task.Delay(TunnelLimits.PingEvery, time, cancellationToken);
                if (!session.Ping()) session.End();
            }
        }
        catch (OperationCanceledException)
        {
            // The tunnel is over.
        }
    }

    private async Task WatchAsync(RequestContext context, TunnelSession session, CancellationToken cancellationToken)
    {
        try
        {
            await access.LostAsync(context, cancellationToken);
        }
        catch (OperationCanceledException)
        {
            return;
        }
        finally
        {
            session.End();
        }
    }

    private async Task StreamAsync(HttpContext http, string node, string id, CancellationToken cancellationToken)
    {
        var session = tunnels.Require(node);
        if (!session.Awaits(id)) throw ApiException.Failure(404, StatusReason.NotFound, "nobody waits for this stream", new StatusDetails());
        await using var stream = new NodeStream(http.Request.Body, http.Response.Body, http.Abort);
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, session.Ended, stopping);
        http.Response.ContentType = "application/octet-stream";
        // Flushing sends the headers; starting the answer alone would keep them back.
        await http.Response.Body.FlushAsync(over.Token);
        if (!session.Bring(id, stream)) return;
        try
        {
            await stream.Done.WaitAsync(over.Token);
        }
        catch (OperationCanceledException)
        {
            // The stream's user sees it by reading, and gives the stream back: only then may this request end.
            http.Abort();
            await stream.Done;
        }
    }
}
