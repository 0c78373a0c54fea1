using Rempart.Api.Storage;
using Rempart.Api.Tunnel;
using Rempart.Linux;
using Rempart.Node.Fetching.Registries;
using Rempart.Node.Volumes;

namespace Rempart.Node.Fetching;

/// <summary>Gets images from where their specs say, and hands them to the pool as an upload would be.</summary>
internal sealed class ImageFetcher(IImageStore images, Partials partials, HttpDownload http, ArtifactFetcher artifacts)
{
    /// <summary>Fetches of a node at a time.</summary>
    internal const int AtATime = 4;

    private int inside;

    /// <summary>Fetches an image. What has come stays when it is cut, for the next call to go on from; nothing stays of what is refused.</summary>
    /// <param name="uid">of the Image.</param>
    /// <param name="request">what the bytes must be.</param>
    /// <param name="source">where they are.</param>
    /// <param name="terms">where the fetch may go.</param>
    /// <param name="report">told how far it is.</param>
    /// <param name="cancellationToken">cuts it.</param>
    /// <exception cref="VolumeException">the fault's name is a condition's reason.</exception>
    internal async Task<ImageRecord> FetchAsync(string uid, ImageRequest request, string source, FetchTerms terms, Func<TransferProgress, Task> report, CancellationToken cancellationToken)
    {
        if (await images.FindAsync(request.Digest, cancellationToken) is not null) return await images.IngestFileAsync(request, "", cancellationToken);
        try
        {
            if (Interlocked.Increment(ref inside) > AtATime) throw new VolumeException(VolumeFault.Busy, $"{AtATime} images are fetched on this node already; this one comes later");
            using var partial = partials.Enter(uid);
            try
            {
                var record = await FetchAsync(partial, request, source, terms, report, cancellationToken);
                partial.Discard();
                return record;
            }
            catch (VolumeException refused) when (refused.Fault is not (VolumeFault.Unreachable or VolumeFault.NoSpace or VolumeFault.Busy or VolumeFault.Failed))
            {
                partial.Discard();
                throw;
            }
            catch (IOException failure) when (DiskFull.Is(failure))
            {
                throw PoolFolder.Full(failure);
            }
        }
        finally
        {
            Interlocked.Decrement(ref inside);
        }
    }

    /// <summary>Removes what has come of an image that nobody wants any more.</summary>
    internal void Forget(string uid)
    {
        using var partial = partials.Enter(uid);
        partial.Discard();
    }

    private async Task<ImageRecord> FetchAsync(Partial partial, ImageRequest request, string source, FetchTerms terms, Func<TransferProgress, Task> report, CancellationToken cancellationToken)
    {
        if (ContainerReference.TryParse(source) is { } reference) return await artifacts.FetchAsync(reference, request, partial, terms, report, cancellationToken);
        var url = new Uri(source);
        return await http.RunAsync(new Download(url, url.Port) { Most = DirectoryImages.MostBytes(request) }, partial, terms, report, async () =>
        {
            await report(new TransferProgress { Phase = "Converting", Received = partial.Length, Total = partial.Length });
            return await images.IngestFileAsync(request, partial.Data, cancellationToken);
        }, cancellationToken);
    }
}
