using Rempart.ApiServer.Http;

namespace Rempart.ApiServer.Tunnel;

/// <summary>Records streams: an intent before one is opened, an outcome once it is over.</summary>
internal interface IStreamAudit
{
    /// <summary>Returns once the intent is durable; a stream that can't be recorded is not opened.</summary>
    ValueTask OpeningAsync(RequestContext context, string note, CancellationToken cancellationToken);

    /// <summary>Returns once the outcome is durable.</summary>
    /// <param name="context">The request.</param>
    /// <param name="status">HTTP status of the answer; 101 for a WebSocket.</param>
    /// <param name="note">How it ended, bytes and duration.</param>
    ValueTask EndedAsync(RequestContext context, int status, string note);
}
