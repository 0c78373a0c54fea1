using System.Net;
using Microsoft.Extensions.Logging;
using Rempart.Api.Tickets;
using Rempart.Api.Tunnel;

namespace Rempart.Node.Tunnel;

/// <summary>Serves single streams: checks the ticket, dials the server, lets the handler work, says how it ended.</summary>
internal sealed partial class StreamServing(HttpClient http, string node, TicketVerifier tickets, IReadOnlyList<IStreamHandler> handlers, TimeProvider time, ILogger logger)
{
    private static readonly TimeSpan Farewell = TimeSpan.FromSeconds(10);

    /// <summary>Serves one stream to its end. Throws nothing but cancellation.</summary>
    public async Task ServeAsync(StreamOpening opening, CancellationToken cancellationToken)
    {
        try
        {
            using var content = new DuplexContent();
            using var request = new HttpRequestMessage(HttpMethod.Post, TunnelLimits.Path(node, opening.Id)) { Content = content, Version = HttpVersion.Version20, VersionPolicy = HttpVersionPolicy.RequestVersionExact };
            using var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
            if (!response.IsSuccessStatusCode)
            {
                LogNotWanted(opening.Stream, opening.Uid, opening.AuditId, (int)response.StatusCode);
                return;
            }

            await using var input = await response.Content.ReadAsStreamAsync(cancellationToken);
            using var frames = new FrameStream(input, await content.Opened.WaitAsync(cancellationToken));
            var end = await HandleAsync(opening, frames, cancellationToken);
            LogEnded(opening.Stream, opening.Kind, opening.Namespace, opening.Name, opening.AuditId, end.Reason, end.Message, frames.BytesReceived, frames.BytesSent);
            await frames.EndAsync(end, cancellationToken);
            content.Finish();
            await DrainAsync(input, cancellationToken);
        }
        catch (Exception cut) when (cut is IOException or HttpRequestException || (cut is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            LogCut(opening.Stream, opening.Uid, opening.AuditId, cut.Message);
        }
    }

    private async Task<StreamEnd> HandleAsync(StreamOpening opening, FrameStream frames, CancellationToken cancellationToken)
    {
        try
        {
            var ticket = tickets.Accept(opening.Ticket, opening.Kind, opening.Uid, opening.Stream, opening.AuditId);
            LogOpening(opening.Stream, opening.Kind, opening.Namespace, opening.Name, ticket.User, opening.AuditId);
            var handler = handlers.FirstOrDefault(h => h.Kind == opening.Kind && h.Stream == opening.Stream);
            return handler is null
                ? new StreamEnd { Reason = StreamEnd.NotAvailable, Message = $"this node has no `{opening.Stream}` of {opening.Kind}" }
                : await handler.HandleAsync(opening, frames, cancellationToken);
        }
        catch (TicketRefusedException refused)
        {
            LogRefused(opening.Stream, opening.Uid, opening.AuditId, refused.Message);
            return new StreamEnd { Reason = StreamEnd.TicketRefused, Message = refused.Message };
        }
        catch (Exception failure) when (failure is not (OperationCanceledException or IOException or HttpRequestException))
        {
            LogFailed(failure, opening.Stream, opening.Uid, opening.AuditId);
            return new StreamEnd { Reason = StreamEnd.Failed, Message = "the agent failed; its log says why" };
        }
    }

    // Leaving before the server has read the end would take the end away from it.
    private async Task DrainAsync(Stream input, CancellationToken cancellationToken)
    {
        using var patience = new CancellationTokenSource(Farewell, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        var rest = new byte[4096];
        while (await input.ReadAsync(rest, either.Token) > 0)
        {
            // What the server sends now, nobody wants any more.
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "{Stream} of {Kind} {Namespace}/{Name} for {User}, audit id {AuditId}")]
    private partial void LogOpening(string stream, string kind, string? @namespace, string name, string user, string auditId);

    [LoggerMessage(Level = LogLevel.Information, Message = "{Stream} of {Kind} {Namespace}/{Name} ended, audit id {AuditId}: {Reason} {Text}; {Received} bytes in, {Sent} bytes out")]
    private partial void LogEnded(string stream, string kind, string? @namespace, string name, string auditId, string reason, string? text, long received, long sent);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Stream} of {Uid} refused, audit id {AuditId}: {Reason}")]
    private partial void LogRefused(string stream, string uid, string auditId, string reason);

    [LoggerMessage(Level = LogLevel.Information, Message = "the server does not want the {Stream} of {Uid} any more, audit id {AuditId}: it answered {Status}")]
    private partial void LogNotWanted(string stream, string uid, string auditId, int status);

    [LoggerMessage(Level = LogLevel.Information, Message = "{Stream} of {Uid} was cut, audit id {AuditId}: {Reason}")]
    private partial void LogCut(string stream, string uid, string auditId, string reason);

    [LoggerMessage(Level = LogLevel.Error, Message = "{Stream} of {Uid} failed, audit id {AuditId}")]
    private partial void LogFailed(Exception exception, string stream, string uid, string auditId);
}
