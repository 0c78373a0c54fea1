using System.Globalization;
using System.Security.Cryptography;
using Rempart.Api.Storage;
using Rempart.Api.Tunnel;
using Rempart.Node.Volumes;

namespace Rempart.Node.Fetching.Registries;

/// <summary>
/// Gets an image out of an artifact of a registry: the layer that has the image's digest is the file itself, whatever it calls itself;
/// else it is the one file in `disk/` of a layer that is an archive, as KubeVirt's container disks have it.
/// </summary>
internal sealed class ArtifactFetcher(IImageStore images, PoolFolder pool, HttpDownload http, RegistryDocuments documents, LayerArchive archives)
{
    private const int MostNamed = 4;

    /// <summary>Fetches it.</summary>
    /// <param name="reference">the artifact.</param>
    /// <param name="request">what the image must be.</param>
    /// <param name="partial">gets one layer after another.</param>
    /// <param name="terms">where the fetch may go.</param>
    /// <param name="report">told how far it is with the layer that comes.</param>
    /// <param name="cancellationToken">cuts it.</param>
    /// <exception cref="VolumeException">the fault's name is a condition's reason.</exception>
    internal async Task<ImageRecord> FetchAsync(ContainerReference reference, ImageRequest request, Partial partial, FetchTerms terms, Func<TransferProgress, Task> report, CancellationToken cancellationToken)
    {
        var artifact = new RegistryArtifact(documents, reference, terms);
        var layers = await artifact.LayersAsync(cancellationToken);
        var most = DirectoryImages.MostBytes(request);
        foreach (var layer in Order(layers, request, most))
        {
            partial.Begin(layer.Digest);
            if (partial.Length > layer.Size) partial.Clear();
            // All of it may have come before, and the pool have been full.
            if (partial.Length < layer.Size || !await IsWholeAsync(layer, partial, cancellationToken))
            {
                await http.RunAsync(artifact.Blob(layer), partial, terms, report, async () => await IsWholeAsync(layer, partial, cancellationToken) ? true
                    : throw new VolumeException(VolumeFault.DigestMismatch, $"the bytes of the layer `{layer.Digest}` have another digest"), cancellationToken);
            }

            await report(new TransferProgress { Phase = "Converting", Received = partial.Length, Total = partial.Length });
            if (layer.Digest == Wanted(request)) return await images.IngestFileAsync(request, partial.Data, cancellationToken);
            using var staged = pool.Stage();
            if (await archives.UnpackAsync(layer, partial.Data, staged.File("disk"), most, cancellationToken) is { } name) return await IngestAsync(request, name, staged.File("disk"), cancellationToken);
        }

        throw new VolumeException(VolumeFault.Refused, string.Create(CultureInfo.InvariantCulture, $"none of the artifact's {layers.Count} layers has a file in `disk/`"));
    }

    /// <summary>The layers to look at, in their order: what is above hides what is below. Pure.</summary>
    /// <exception cref="VolumeException">none can be taken.</exception>
    internal static IReadOnlyList<OciLayer> Order(IReadOnlyList<OciLayer> layers, ImageRequest request, long most)
    {
        IReadOnlyList<OciLayer> chosen = layers.FirstOrDefault(layer => layer.Digest == Wanted(request) && layer.Size > 0) is { } file ? [file] : [.. layers.Where(layer => layer.IsArchive && layer.Size > 0).Reverse()];
        if (chosen.Count == 0)
        {
            var named = string.Join(", ", layers.Take(MostNamed).Select(layer => $"`{layer.Digest}`"));
            throw new VolumeException(VolumeFault.DigestMismatch, $"no layer of the artifact has the digest `{Wanted(request)}`, and none is an archive; it has {(layers.Count == 0 ? "none" : named)}");
        }

        if (chosen[0].Digest != Wanted(request) && chosen.FirstOrDefault(layer => layer.IsUnknown) is { } unknown) throw new VolumeException(VolumeFault.Refused, $"a layer is packed as `{unknown.MediaType}`; gzip or no packing is what is read here");
        // One by one first: a sum of sizes that a stranger wrote may overflow.
        if (chosen.Any(layer => layer.Size > most) || chosen.Sum(layer => layer.Size) > most) throw new VolumeException(VolumeFault.TooLarge, string.Create(CultureInfo.InvariantCulture, $"the artifact's layers are longer than the {most} bytes allowed for the image"));
        return chosen;
    }

    private async Task<ImageRecord> IngestAsync(ImageRequest request, string name, string path, CancellationToken cancellationToken)
    {
        try
        {
            return await images.IngestFileAsync(request, path, cancellationToken);
        }
        catch (VolumeException mismatch) when (mismatch.Fault == VolumeFault.DigestMismatch)
        {
            throw new VolumeException(mismatch.Fault, $"`{name}` in the artifact's layer: {mismatch.Message}", mismatch);
        }
    }

    private static string Wanted(ImageRequest request) => $"sha256:{request.Digest}";

    private static async Task<bool> IsWholeAsync(OciLayer layer, Partial partial, CancellationToken cancellationToken)
    {
        if (partial.Length != layer.Size) return false;
        await using var content = File.OpenRead(partial.Data);
        return "sha256:" + Convert.ToHexStringLower(await SHA256.HashDataAsync(content, cancellationToken)) == layer.Digest;
    }
}
