using System.Security.Cryptography;
using Rempart.Api.Storage;
using Rempart.Api.Tunnel;
using Rempart.Node.Volumes;

namespace Rempart.Node.Fetching.Registries;

/// <summary>An artifact of a registry (OCI distribution specification): all that is read of it is asked for by digest, and has it.</summary>
internal sealed class RegistryArtifact(RegistryDocuments documents, ContainerReference reference, FetchTerms terms)
{
    // An index, and the manifest in it.
    private const int MostSteps = 2;
    private readonly RegistryToken bearer = new(documents, reference, terms);

    /// <summary>Its layers, from the lowest up.</summary>
    /// <exception cref="VolumeException">it can't be had, or is none that can be taken.</exception>
    internal async Task<IReadOnlyList<OciLayer>> LayersAsync(CancellationToken cancellationToken)
    {
        var digest = reference.Digest;
        for (var step = 0; step < MostSteps; step++)
        {
            var bytes = await ManifestAsync(digest, cancellationToken);
            var came = "sha256:" + Convert.ToHexStringLower(SHA256.HashData(bytes));
            if (came != digest) throw new VolumeException(VolumeFault.DigestMismatch, $"the manifest has the digest `{came}`, and `{digest}` was asked for");
            var manifest = OciManifest.Read(bytes);
            if (manifest.Next is null) return manifest.Layers;
            digest = manifest.Next;
        }

        throw new VolumeException(VolumeFault.Refused, "the artifact is an index of indexes");
    }

    /// <summary>How the blob of a layer is got.</summary>
    internal Download Blob(OciLayer layer) => new(reference.BlobUrl(layer.Digest), reference.Port) { Most = layer.Size, Bearer = bearer };

    private async Task<byte[]> ManifestAsync(string digest, CancellationToken cancellationToken)
    {
        var download = new Download(reference.ManifestUrl(digest), reference.Port) { Most = OciManifest.Most, Bearer = bearer };
        var (answer, outcome, bytes) = await documents.GetAsync(download, OciManifest.Accepted, terms, cancellationToken);
        if (answer.Status == CurlOutcome.Unauthorized && bearer.Token is null && await bearer.RenewAsync(answer, cancellationToken))
            (_, outcome, bytes) = await documents.GetAsync(download, OciManifest.Accepted, terms, cancellationToken);
        return outcome.Step == CurlStep.Done ? bytes : throw outcome.Failure!;
    }
}
