using System.Net.Sockets;
using Rempart.Api.Tunnel;
using Rempart.Node.Workloads;

namespace Rempart.Node.Tunnel;

/// <summary>Consoles of machines. A serial line has no size, so that of the viewer's terminal is not passed on.</summary>
/// <param name="open">Opens the console of a uid, such as a driver's <see cref="IWorkloadDriver{TLaunch}.OpenConsoleAsync"/>.</param>
internal sealed class ConsoleHandler(Func<string, CancellationToken, Task<Stream>> open) : IStreamHandler
{
    private const int Chunk = 16 * 1024;

    public string Kind => "VirtualMachine";

    public string Stream => "console";

    public async Task<StreamEnd> HandleAsync(StreamOpening opening, FrameStream frames, CancellationToken cancellationToken)
    {
        Stream console;
        try
        {
            console = await open(opening.Uid, cancellationToken);
        }
        catch (WorkloadException refused)
        {
            return new StreamEnd { Reason = StreamEnd.NotAvailable, Message = refused.Message };
        }
        catch (SocketException)
        {
            // Between the driver's look and the connection the machine has ended.
            return new StreamEnd { Reason = StreamEnd.NotAvailable, Message = "the machine has just stopped" };
        }

        await using (console)
        {
            await frames.WriteAsync(FrameChannel.Opened, default, cancellationToken);
            using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            var shown = ShowAsync(console, frames, stop.Token);
            var typed = TypeAsync(console, frames, stop.Token);
            var first = await Task.WhenAny(shown, typed);
            await stop.CancelAsync();
            try
            {
                await Task.WhenAll(shown, typed);
            }
            catch (Exception other) when (other is OperationCanceledException or IOException)
            {
                // What counts is how the first one ended.
            }

            return await first;
        }
    }

    private static async Task<StreamEnd> ShowAsync(Stream console, FrameStream frames, CancellationToken cancellationToken)
    {
        var buffer = new byte[Chunk];
        int read;
        while ((read = await console.ReadAsync(buffer, cancellationToken)) > 0) await frames.WriteAsync(FrameChannel.Data, buffer.AsMemory(0, read), cancellationToken);
        return new StreamEnd { Reason = StreamEnd.Completed, Message = "the machine has stopped" };
    }

    private static async Task<StreamEnd> TypeAsync(Stream console, FrameStream frames, CancellationToken cancellationToken)
    {
        while (true)
        {
            var frame = await frames.ReadAsync(cancellationToken);
            if (frame.Channel == FrameChannel.End) return new StreamEnd { Reason = StreamEnd.Completed };
            if (frame.Channel != FrameChannel.Data) continue;
            try
            {
                await console.WriteAsync(frame.Payload, cancellationToken);
            }
            catch (SocketException)
            {
                return new StreamEnd { Reason = StreamEnd.Completed, Message = "the machine has stopped" };
            }
        }
    }
}
