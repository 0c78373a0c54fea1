namespace Rempart.Node.Volumes;

/// <summary>A volume that is wanted.</summary>
/// <param name="Uid">of the API object, a lower-case UUID.</param>
/// <param name="Size">in bytes, a multiple of 512; the image's own size when null. Never smaller than the image.</param>
/// <param name="Image">digest of the image that it is a copy-on-write clone of; blank when null.</param>
internal sealed record VolumeRequest(string Uid, long? Size, string? Image);
