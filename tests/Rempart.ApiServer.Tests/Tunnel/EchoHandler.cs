extern alias agent;

using Rempart.Api.Tunnel;
using agent::Rempart.Node.Tunnel;

namespace Rempart.ApiServer.Tests.Tunnel;

/// <summary>Sends back what comes, control documents too.</summary>
internal sealed class EchoHandler : IStreamHandler
{
    private int served;

    /// <summary>How often it was reached: a refused ticket does not get so far.</summary>
    public int Served => Volatile.Read(ref served);

    public string Kind => "VirtualMachine";

    public string Stream => "console";

    public async Task<StreamEnd> HandleAsync(StreamOpening opening, FrameStream frames, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref served);
        await frames.WriteAsync(FrameChannel.Opened, default, cancellationToken);
        while (true)
        {
            var frame = await frames.ReadAsync(cancellationToken);
            if (frame.Channel == FrameChannel.End) return new StreamEnd { Reason = StreamEnd.Completed };
            await frames.WriteAsync(frame.Channel, frame.Payload.ToArray(), cancellationToken);
        }
    }
}
