namespace Rempart.Node.Fetching.Registries;

/// <summary>A layer of an artifact.</summary>
/// <param name="Digest">`sha256:` and 64 hexadecimal digits, of the blob as it comes.</param>
/// <param name="MediaType">says what the blob is: declared, never probed.</param>
/// <param name="Size">bytes of the blob.</param>
internal sealed record OciLayer(string Digest, string MediaType, long Size)
{
    /// <summary>A folder tree, of which a container disk has one file in `disk/`.</summary>
    internal bool IsArchive => MediaType.Contains(".tar", StringComparison.Ordinal);

    internal bool IsGzip => MediaType.EndsWith("+gzip", StringComparison.Ordinal) || MediaType.EndsWith(".gzip", StringComparison.Ordinal);

    /// <summary>Packed in another way, such as zstd: nothing here reads it.</summary>
    internal bool IsUnknown => IsArchive && !IsGzip && !MediaType.EndsWith(".tar", StringComparison.Ordinal);
}
