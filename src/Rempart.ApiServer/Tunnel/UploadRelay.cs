using System.Text.Json;
using Rempart.Api;
using Rempart.Api.Tunnel;

namespace Rempart.ApiServer.Tunnel;

/// <summary>Sends a request's body to a node as it comes, one buffer at a time, and waits for what the node makes of it.</summary>
internal sealed class UploadRelay(FrameStream frames, TimeProvider time)
{
    private static readonly TimeSpan Stall = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan LongestConversion = TimeSpan.FromHours(1);

    /// <summary>Runs until the node has said how it ended.</summary>
    /// <param name="body">The bytes.</param>
    /// <param name="converting">Called when the node has all bytes.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="IOException">The client or the node was cut off.</exception>
    public async Task<StreamEnd> RunAsync(Stream body, Func<Task> converting, CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var answer = AnswerAsync(converting, stop.Token);
        var sending = SendAsync(body, stop.Token);
        try
        {
            if (await Task.WhenAny(sending, answer) == sending) await sending;
            return await answer.WaitAsync(LongestConversion, time, cancellationToken);
        }
        catch (TimeoutException late)
        {
            throw new IOException($"the node has not said within {LongestConversion.TotalMinutes} min what became of the upload", late);
        }
        finally
        {
            // An answer before the last byte: the rest is not wanted.
            await stop.CancelAsync();
            await Task.WhenAll(sending, answer).ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        }
    }

    private async Task SendAsync(Stream body, CancellationToken cancellationToken)
    {
        var buffer = new byte[FrameStream.MaxPayload];
        using var stalled = new CancellationTokenSource(Stall, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(stalled.Token, cancellationToken);
        try
        {
            int read;
            while ((read = await body.ReadAsync(buffer, either.Token)) > 0)
            {
                await frames.WriteAsync(FrameChannel.Data, buffer.AsMemory(0, read), either.Token);
                stalled.CancelAfter(Stall);
            }

            await frames.EndAsync(new StreamEnd { Reason = StreamEnd.Completed }, either.Token);
        }
        catch (OperationCanceledException slow) when (stalled.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new IOException($"nothing has moved for {Stall.TotalSeconds} s", slow);
        }
    }

    private async Task<StreamEnd> AnswerAsync(Func<Task> converting, CancellationToken cancellationToken)
    {
        var told = false;
        while (true)
        {
            var frame = await frames.ReadAsync(cancellationToken);
            if (frame.Channel == FrameChannel.End) return FrameStream.ReadEnd(frame);
            if (frame.Channel != FrameChannel.Control || told || !Converts(frame.Payload.Span)) continue;
            told = true;
            await converting();
        }
    }

    private static bool Converts(ReadOnlySpan<byte> json)
    {
        try
        {
            return JsonSerializer.Deserialize<JsonElement>(json, ApiJson.Strict) is { ValueKind: JsonValueKind.Object } document
                && document.TryGetProperty("phase", out var phase) && phase.ValueKind == JsonValueKind.String && phase.GetString() == "Converting";
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
