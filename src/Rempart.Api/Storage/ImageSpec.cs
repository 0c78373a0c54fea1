using Rempart.Api.Meta;

namespace Rempart.Api.Storage;

/// <summary>What the bytes of an image must be; they come by the <c>upload</c> subresource, or a node fetches them.</summary>
public sealed record ImageSpec
{
    /// <summary><c>Disk</c>, <c>Kernel</c> or <c>Initrd</c>.</summary>
    [OneOf("Disk", "Kernel", "Initrd")]
    public required string Type { get; init; }

    /// <summary>Format of a <c>Disk</c>: <c>qcow2</c> or <c>raw</c>. Declared, never probed. Unset for other types.</summary>
    [OneOf("qcow2", "raw")]
    public string? Format { get; init; }

    /// <summary>Digest of the bytes that are uploaded, or of the file that is fetched: <c>sha256:</c> and 64 hexadecimal digits.</summary>
    public required string Digest { get; init; }

    /// <summary>Largest virtual size accepted for a <c>Disk</c>; default 64 GiB.</summary>
    public Quantity? MaxVirtualSize { get; init; }

    /// <summary>Where a node fetches the bytes from; unset for an image that is uploaded.</summary>
    public ImageSource? Source { get; init; }
}
