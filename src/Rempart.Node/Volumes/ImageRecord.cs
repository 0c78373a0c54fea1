namespace Rempart.Node.Volumes;

/// <summary>An image in a pool; never changes.</summary>
/// <param name="Digest">SHA-256 of the bytes that were uploaded; the image's name.</param>
/// <param name="Type">what it is for.</param>
/// <param name="Size">bytes that it takes.</param>
/// <param name="VirtualSize">of a disk, in bytes; 0 otherwise.</param>
internal sealed record ImageRecord(string Digest, ImageType Type, long Size, long VirtualSize);
