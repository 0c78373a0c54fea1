using System.Net;

namespace Rempart.ApiServer.Tests.BadInput;

/// <summary>A body whose length the request does not tell.</summary>
internal sealed class UnannouncedContent(byte[] bytes) : HttpContent
{
    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context) => await stream.WriteAsync(bytes);

    protected override bool TryComputeLength(out long length)
    {
        length = 0;
        return false;
    }
}
