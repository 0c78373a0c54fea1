using System.IO.Pipelines;
using Rempart.Api.Tunnel;

namespace Rempart.ApiServer.Tests.Tunnel;

/// <summary>Stands where the server's word reaches the agent and changes what it asks for, as a server that was taken over could.</summary>
internal sealed class Meddler : DelegatingHandler
{
    /// <summary>The openings as the server sent them.</summary>
    public List<StreamOpening> Seen { get; } = [];

    /// <summary>Makes of an opening what the agent gets.</summary>
    public Func<StreamOpening, StreamOpening>? Change { get; set; }

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var response = await base.SendAsync(request, cancellationToken);
        if (!response.IsSuccessStatusCode || !request.RequestUri!.AbsolutePath.EndsWith("/tunnel", StringComparison.Ordinal)) return response;
        var pipe = new Pipe();
        _ = PassAsync(await response.Content.ReadAsStreamAsync(cancellationToken), pipe.Writer.AsStream(), cancellationToken);
        response.Content = new StreamContent(pipe.Reader.AsStream());
        return response;
    }

    private async Task PassAsync(Stream from, Stream to, CancellationToken cancellationToken)
    {
        try
        {
            await foreach (var message in TunnelLines.ReadAsync(from, cancellationToken))
            {
                if (message.Open is { } opening) Seen.Add(opening);
                await TunnelLines.WriteAsync(to, message.Open is { } open && Change is { } change ? new TunnelMessage { Open = change(open) } : message, cancellationToken);
            }
        }
        catch (Exception over) when (over is IOException or OperationCanceledException)
        {
            // The tunnel has ended.
        }
        finally
        {
            await to.DisposeAsync();
            await from.DisposeAsync();
        }
    }
}
