using Rempart.Node.Machines;

namespace Rempart.Node.Volumes;

/// <summary>An image to take in.</summary>
/// <param name="Digest">SHA-256 that the uploaded bytes must have, 64 lower-case hexadecimal digits.</param>
/// <param name="Type">what it is for.</param>
/// <param name="Format">of a disk's uploaded bytes: declared, never probed.</param>
/// <param name="MaxVirtualSize">largest disk accepted, in bytes.</param>
internal sealed record ImageRequest(string Digest, ImageType Type, DiskFormat Format, long MaxVirtualSize);
