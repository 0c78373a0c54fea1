using System.Net;
using System.Security.Cryptography;
using Microsoft.Extensions.Logging;
using Rempart.Api.Infra;
using Rempart.Api.Tickets;
using Rempart.Api.Tunnel;

namespace Rempart.Node.Tunnel;

/// <summary>The agent's tunnel to one API server: dials out, stays, dials again, and serves the streams that the server asks for.</summary>
/// <param name="http">Connections to the server with the node's certificate (<see cref="Api.Client.ApiTransport"/>); not owned.</param>
/// <param name="node">The node's name.</param>
/// <param name="tickets">Checks tickets; one for all tunnels of the node, so that none is used twice.</param>
/// <param name="handlers">Who serves which streams.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">Gets streams and failures.</param>
internal sealed partial class TunnelClient(HttpClient http, string node, TicketVerifier tickets, IReadOnlyList<IStreamHandler> handlers, TimeProvider time, ILogger<TunnelClient> logger)
{
    private static readonly TimeSpan FirstDelay = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan LongestDelay = TimeSpan.FromSeconds(30);

    private volatile HostTunnel? _state;

    /// <summary>Whose server it is, as the agent was told; told on in <see cref="State"/>.</summary>
    public Uri? Server { get; init; }

    /// <summary>Whether the tunnel stands, and since when; it does not before the first time.</summary>
    public HostTunnel State => _state ?? Told(false);

    private readonly StreamServing serving = new(http, node, tickets, handlers, time, logger);

    /// <summary>Keeps the tunnel until cancelled. No failure of the server ends it.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var delay = FirstDelay;
        while (true)
        {
            try
            {
                if (await StayAsync(cancellationToken)) delay = FirstDelay;
            }
            catch (Exception broken) when (broken is IOException or HttpRequestException || (broken is OperationCanceledException && !cancellationToken.IsCancellationRequested))
            {
                LogBroken((broken.InnerException ?? broken).Message);
            }

            // Not all nodes of a cluster at the same moment.
            await Task.Delay(delay + (delay * (RandomNumberGenerator.GetInt32(100) / 200.0)), time, cancellationToken);
            delay = delay * 2 > LongestDelay ? LongestDelay : delay * 2;
        }
    }

    // True when the tunnel stood.
    private async Task<bool> StayAsync(CancellationToken cancellationToken)
    {
        using var silence = new CancellationTokenSource(TunnelLimits.Silence, time);
        using var over = CancellationTokenSource.CreateLinkedTokenSource(silence.Token, cancellationToken);
        using var request = new HttpRequestMessage(HttpMethod.Post, TunnelLimits.Path(node, null)) { Version = HttpVersion.Version20, VersionPolicy = HttpVersionPolicy.RequestVersionExact };
        using var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, over.Token);
        if (!response.IsSuccessStatusCode)
        {
            LogRefused((int)response.StatusCode);
            return false;
        }

        _state = Told(true);
        LogStands();
        List<Task> streams = [];
        try
        {
            await using var lines = await response.Content.ReadAsStreamAsync(over.Token);
            await foreach (var message in TunnelLines.ReadAsync(lines, over.Token))
            {
                silence.CancelAfter(TunnelLimits.Silence);
                streams.RemoveAll(stream => stream.IsCompleted);
                if (message.Open is not { } opening) continue;
                if (streams.Count < TunnelLimits.StreamsOfNode + 4) streams.Add(serving.ServeAsync(opening, over.Token));
                else LogTooMany(opening.Stream, opening.Uid, opening.AuditId);
            }

            LogEnded();
        }
        catch (Exception broken) when (broken is IOException || (broken is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            LogBroken(silence.IsCancellationRequested ? "the server has been silent for too long" : broken.Message);
        }
        finally
        {
            _state = Told(false);
            await over.CancelAsync();
            await Task.WhenAll(streams).ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        }

        cancellationToken.ThrowIfCancellationRequested();
        return true;
    }

    private HostTunnel Told(bool connected) => new() { Server = Server?.GetLeftPart(UriPartial.Authority) ?? "", Connected = connected, Since = connected || _state is not null ? time.GetUtcNow() : null };

    [LoggerMessage(Level = LogLevel.Information, Message = "the tunnel stands")]
    private partial void LogStands();

    [LoggerMessage(Level = LogLevel.Information, Message = "the server has ended the tunnel; dialing again")]
    private partial void LogEnded();

    [LoggerMessage(Level = LogLevel.Warning, Message = "the server refused the tunnel with {Status}; dialing again")]
    private partial void LogRefused(int status);

    [LoggerMessage(Level = LogLevel.Warning, Message = "the tunnel broke: {Reason}; dialing again")]
    private partial void LogBroken(string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "too many streams at a time; {Stream} of {Uid} is not opened, audit id {AuditId}")]
    private partial void LogTooMany(string stream, string uid, string auditId);
}
