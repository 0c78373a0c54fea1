extern alias agent;

using Rempart.Api.Tunnel;
using agent::Rempart.Node.Tunnel;

namespace Rempart.ApiServer.Tests.Tunnel;

/// <summary>A guest that prints without end on `loud`, and echoes elsewhere.</summary>
internal sealed class FloodHandler : IStreamHandler
{
    private readonly EchoHandler echo = new();
    private long sent;

    public string Kind => "VirtualMachine";

    public string Stream => "console";

    /// <summary>Bytes that were taken from it.</summary>
    public long Sent => Interlocked.Read(ref sent);

    public async Task<StreamEnd> HandleAsync(StreamOpening opening, FrameStream frames, CancellationToken cancellationToken)
    {
        if (opening.Name != "loud") return await echo.HandleAsync(opening, frames, cancellationToken);
        await frames.WriteAsync(FrameChannel.Opened, default, cancellationToken);
        var piece = new byte[16 * 1024];
        while (true)
        {
            await frames.WriteAsync(FrameChannel.Data, piece, cancellationToken);
            Interlocked.Add(ref sent, piece.Length);
        }
    }
}
