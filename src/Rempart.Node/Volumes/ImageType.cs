namespace Rempart.Node.Volumes;

/// <summary>What an image is for.</summary>
internal enum ImageType
{
    /// <summary>Kept as qcow2, the base of clones.</summary>
    Disk,

    /// <summary>Kept as it came.</summary>
    Kernel,

    /// <summary>Kept as it came.</summary>
    Initrd,
}
