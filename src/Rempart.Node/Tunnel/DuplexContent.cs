using System.Net;

namespace Rempart.Node.Tunnel;

/// <summary>The body of a request whose answer is read while the body is still written: HTTP/2 carries both directions at once.</summary>
internal sealed class DuplexContent : HttpContent
{
    private readonly TaskCompletionSource<Stream> opened = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource finished = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public DuplexContent() => Headers.ContentType = new("application/octet-stream");

    /// <summary>Where the body is written; there once the request is on its way.</summary>
    public Task<Stream> Opened => opened.Task;

    /// <summary>Ends the body in order.</summary>
    public void Finish() => finished.TrySetResult();

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        // The server answers only once it has seen the headers.
        await stream.FlushAsync(cancellationToken);
        opened.TrySetResult(stream);
        await finished.Task.WaitAsync(cancellationToken);
    }

    protected override bool TryComputeLength(out long length)
    {
        length = 0;
        return false;
    }

    protected override void Dispose(bool disposing)
    {
        finished.TrySetResult();
        opened.TrySetCanceled(CancellationToken.None);
        base.Dispose(disposing);
    }
}
