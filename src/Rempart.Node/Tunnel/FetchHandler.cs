using System.Net;
using System.Text.Json;
using Rempart.Api;
using Rempart.Api.Storage;
using Rempart.Api.Tunnel;
using Rempart.Node.Fetching;
using Rempart.Node.Volumes;

namespace Rempart.Node.Tunnel;

/// <summary>Fetches images whose bytes come from elsewhere. The server hears once a second how far it is; when it goes, the fetch is cut and what has come is kept.</summary>
internal sealed class FetchHandler(ImageFetcher fetcher, TimeProvider time) : IStreamHandler
{
    private static readonly TimeSpan TellEvery = TimeSpan.FromSeconds(1);

    public string Kind => "Image";

    public string Stream => "fetch";

    public async Task<StreamEnd> HandleAsync(StreamOpening opening, FrameStream frames, CancellationToken cancellationToken)
    {
        if (opening is not { Image: { Source: { } source } spec, Fetch: { } terms } || UploadHandler.Request(spec) is not { } request
            || (ContainerReference.TryParse(source.Url) is null && !source.Url.StartsWith("https://", StringComparison.OrdinalIgnoreCase)) || !terms.AllowedRanges.All(range => IPNetwork.TryParse(range, out _)))
            return new StreamEnd { Reason = nameof(VolumeFault.Refused), Message = "the server asks for a fetch of something that this node does not know: is the agent older than the server?" };
        await frames.WriteAsync(FrameChannel.Opened, default, cancellationToken);
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var latest = new TransferProgress();
        var telling = TellAsync(frames, () => latest, over);
        var gone = false;
        var listening = ListenAsync(frames, over, () => gone = true);
        try
        {
            var record = await fetcher.FetchAsync(opening.Uid, request, source.Url, terms, progress =>
            {
                latest = progress;
                return Task.CompletedTask;
            }, over.Token);
            return new StreamEnd { Reason = StreamEnd.Completed, Size = record.Size, VirtualSize = record.VirtualSize };
        }
        catch (VolumeException refused)
        {
            return new StreamEnd { Reason = refused.Fault.ToString(), Message = refused.Message };
        }
        catch (OperationCanceledException cut) when (!cancellationToken.IsCancellationRequested)
        {
            if (gone) fetcher.Forget(opening.Uid);
            throw new IOException("the server does not want the fetch any more", cut);
        }
        finally
        {
            await over.CancelAsync();
            await telling;
            await listening.ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        }
    }

    // Also a sign of life: the server cuts a fetch that says nothing.
    private async Task TellAsync(FrameStream frames, Func<TransferProgress> latest, CancellationTokenSource over)
    {
        try
        {
            while (true)
            {
                await frames.WriteAsync(FrameChannel.Control, JsonSerializer.SerializeToUtf8Bytes(latest(), ApiJson.Strict), CancellationToken.None);
                await Task.Delay(TellEvery, time, over.Token);
            }
        }
        catch (Exception cut) when (cut is IOException or OperationCanceledException or ObjectDisposedException or HttpRequestException)
        {
            await over.CancelAsync();
        }
    }

    // The server sends nothing while a fetch runs: whatever comes is its end.
    private static async Task ListenAsync(FrameStream frames, CancellationTokenSource over, Action gone)
    {
        try
        {
            var frame = await frames.ReadAsync(over.Token);
            if (frame.Channel == FrameChannel.End && FrameStream.ReadEnd(frame).Reason == StreamEnd.Gone) gone();
        }
        catch (IOException)
        {
            // Cut.
        }

        await over.CancelAsync();
    }
}
