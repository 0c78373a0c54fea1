using System.Net;

namespace Rempart.Protocols.Grpc;

/// <summary>A request's frame, which knows whether all of it was handed over: a server can't act on a message that it did not get whole.</summary>
internal sealed class GrpcContent(ReadOnlyMemory<byte> frame) : HttpContent
{
    private volatile bool _isSent;

    public bool IsSent => _isSent;

    public int Length => frame.Length;

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        // Before the last byte is handed over, not after: from then on the server may have it, whenever this goes on.
        await stream.WriteAsync(frame[..^1], cancellationToken);
        _isSent = true;
        await stream.WriteAsync(frame[^1..], cancellationToken);
    }

    protected override bool TryComputeLength(out long length)
    {
        length = frame.Length;
        return true;
    }
}
