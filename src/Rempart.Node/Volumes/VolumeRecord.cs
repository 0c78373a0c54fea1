namespace Rempart.Node.Volumes;

/// <summary>A volume in a pool.</summary>
/// <param name="Uid">of the API object.</param>
/// <param name="Size">as the guest sees it, in bytes.</param>
/// <param name="Image">digest of the image below it, or null.</param>
internal sealed record VolumeRecord(string Uid, long Size, string? Image);
