using System.IO.Pipelines;
using System.Net;
using Rempart.Api.Tunnel;

namespace Rempart.Node.Tests.Tunnel;

/// <summary>A server whose tunnels say what the test says, and that wants no stream.</summary>
internal sealed class LineServer : HttpMessageHandler
{
    private readonly SemaphoreSlim _dials = new(0);
    private readonly SemaphoreSlim _streams = new(0);
    private Pipe _lines = new();

    public Task DialedAsync(CancellationToken cancellationToken) => _dials.WaitAsync(cancellationToken);

    /// <summary>Asks for a stream, and waits until the agent has brought it: everything before it was read.</summary>
    public async Task AskAsync(CancellationToken cancellationToken)
    {
        var opening = new StreamOpening { Id = "1", Ticket = "t", Kind = "VirtualMachine", Name = "web", Uid = "u", Stream = "console", AuditId = "a" };
        await TunnelLines.WriteAsync(_lines.Writer.AsStream(), new TunnelMessage { Open = opening }, cancellationToken);
        await _streams.WaitAsync(cancellationToken);
    }

    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (request.RequestUri!.AbsolutePath != TunnelLimits.Path("h1", null))
        {
            _streams.Release();
            return Task.FromResult(new HttpResponseMessage(HttpStatusCode.NotFound));
        }
        _lines = new Pipe();
        _dials.Release();
        return Task.FromResult(new HttpResponseMessage(HttpStatusCode.OK) { Content = new StreamContent(_lines.Reader.AsStream()) });
    }

    protected override void Dispose(bool disposing)
    {
        _dials.Dispose();
        _streams.Dispose();
        base.Dispose(disposing);
    }
}
