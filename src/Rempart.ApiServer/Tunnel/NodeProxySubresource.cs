using System.Text;
using Rempart.Api.Core;
using Rempart.Api.Meta;
using Rempart.Api.Tunnel;
using Rempart.ApiServer.Http;
using Rempart.ApiServer.Metrics;
using Rempart.ApiServer.Registry;

namespace Rempart.ApiServer.Tunnel;

/// <summary><c>nodes/NAME/proxy/metrics</c>: what a node's agent tells of itself and its machines, through its tunnel, where Prometheus' discovery of Kubernetes nodes looks.</summary>
internal sealed class NodeProxySubresource(ObjectCache cache, TunnelServer tunnels, TimeProvider time) : ISubresource
{
    private const string Stream = "metrics";
    private const int MostBytes = 16 * 1024 * 1024;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    public KindInfo Kind { get; } = KindInfo.Of<Node>();

    public string Name => "proxy";

    public SubresourceInfo Info { get; } = new("proxy", "NodeProxyOptions", ["get"]);

    public async Task<ApiResult?> HandleAsync(RequestContext context, KindRegistration target, string? ns, CancellationToken cancellationToken)
    {
        var info = context.Info;
        if (info.Verb != "get") throw Failures.MethodNotAllowed();
        if (info.Rest is not [Stream]) throw Failures.UnknownPath();
        await cache.SyncAsync(cancellationToken);
        var node = cache.Get(Kind, null, info.Name!)?.As<Node>() ?? throw Failures.NotFound(Kind, info.Name!);
        var session = tunnels.Require(info.Name!);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using var patience = new CancellationTokenSource(Patience, time);
        await using var tie = patience.Token.Register(limit.Cancel);
        try
        {
            var request = new StreamRequest(Kind.Kind, null, info.Name!, node.Metadata.Uid!, Stream, context.AuditId, context.RequiredCaller.Name);
            await using var stream = await tunnels.OpenAsync(session, request, limit.Token);
            var text = await ReadAsync(stream.Frames, limit.Token);
            await stream.EndAsync(new StreamEnd { Reason = StreamEnd.Completed }, limit.Token);
            return new TextResult(200, text, ApiServerMetrics.TextType);
        }
        catch (StreamRefusedException refused)
        {
            throw StreamFailures.Of(Kind, info.Name!, session.Node, refused.End);
        }
        catch (Exception failure) when (failure is IOException || (failure is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            throw Failures.Unavailable($"node `{info.Name}` did not tell its metrics within {Patience.TotalSeconds} s, or has gone: try again", failure);
        }
    }

    private static async Task<string> ReadAsync(FrameStream frames, CancellationToken cancellationToken)
    {
        using var text = new MemoryStream();
        while (true)
        {
            var frame = await frames.ReadAsync(cancellationToken);
            if (frame.Channel == FrameChannel.End) return Encoding.UTF8.GetString(text.GetBuffer(), 0, (int)text.Length);
            if (frame.Channel != FrameChannel.Data) continue;
            if (text.Length + frame.Payload.Length > MostBytes) throw new IOException("the node's metrics are too long");
            text.Write(frame.Payload.Span);
        }
    }
}
