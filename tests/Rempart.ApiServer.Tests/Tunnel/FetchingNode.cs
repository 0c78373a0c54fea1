extern alias agent;

using System.Text;
using System.Text.Json;
using System.Threading.Channels;
using agent::Rempart.Node.Tunnel;
using Rempart.Api;
using Rempart.Api.Tunnel;

namespace Rempart.ApiServer.Tests.Tunnel;

/// <summary>A node whose fetch goes as a test says.</summary>
internal sealed class FetchingNode : IStreamHandler
{
    private readonly Channel<object> script = Channel.CreateUnbounded<object>();
    private readonly TaskCompletionSource<StreamEnd> told = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public string Kind => "Image";

    public string Stream => "fetch";

    /// <summary>What it was asked for.</summary>
    public StreamOpening? Opened { get; private set; }

    /// <summary>How the server ended it.</summary>
    public Task<StreamEnd> Told => told.Task;

    public Task TellAsync(TransferProgress progress) => SayAsync(JsonSerializer.Serialize(progress, ApiJson.Strict));

    public async Task SayAsync(string text) => await script.Writer.WriteAsync(text);

    public async Task EndAsync(StreamEnd end) => await script.Writer.WriteAsync(end);

    public async Task<StreamEnd> HandleAsync(StreamOpening opening, FrameStream frames, CancellationToken cancellationToken)
    {
        Opened = opening;
        await frames.WriteAsync(FrameChannel.Opened, default, cancellationToken);
        var listening = ListenAsync(frames, cancellationToken);
        while (true)
        {
            var next = script.Reader.ReadAsync(cancellationToken).AsTask();
            if (await Task.WhenAny(next, listening) == listening) return new StreamEnd { Reason = StreamEnd.Failed };
            if (await next is StreamEnd end) return end;
            await frames.WriteAsync(FrameChannel.Control, Encoding.UTF8.GetBytes((string)await next), cancellationToken);
        }
    }

    private async Task ListenAsync(FrameStream frames, CancellationToken cancellationToken) => told.TrySetResult(FrameStream.ReadEnd(await frames.ReadAsync(cancellationToken)));
}
