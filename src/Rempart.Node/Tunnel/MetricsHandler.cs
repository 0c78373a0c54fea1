using System.Text;
using Rempart.Api.Tunnel;

namespace Rempart.Node.Tunnel;

/// <summary>What this agent tells of itself and its machines, in Prometheus' text format.</summary>
/// <param name="text">Renders it.</param>
/// <param name="before">Asks those first that take a while to answer; null for none.</param>
internal sealed class MetricsHandler(Func<string> text, Func<CancellationToken, Task>? before = null) : IStreamHandler
{
    public string Kind => "Node";

    public string Stream => "metrics";

    public async Task<StreamEnd> HandleAsync(StreamOpening opening, FrameStream frames, CancellationToken cancellationToken)
    {
        await frames.WriteAsync(FrameChannel.Opened, default, cancellationToken);
        if (before is not null) await before(cancellationToken);
        await frames.WriteAsync(FrameChannel.Data, Encoding.UTF8.GetBytes(text()), cancellationToken);
        return new StreamEnd { Reason = StreamEnd.Completed };
    }
}
